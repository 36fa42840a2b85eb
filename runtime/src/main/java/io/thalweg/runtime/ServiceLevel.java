package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.ServiceModel.Method;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.state.PartitionState;

/**
 * At which contract level a partition's leader decides. What a level brings is written only once
 * the cluster is at it ({@link Leadership#level}); before the first such event the log says so
 * ({@code writes} of a {@link ContractDeclared}), and whoever does not read it stops there, before
 * anything is misread. A level that the log says never goes down again.
 *
 * <p>Used by the partition's thread.
 */
final class ServiceLevel {
  /** A caller may try again: the cluster may have been raised. */
  private static final long RETRY_MS = 1_000;

  private final NodeContext node;
  private final ServiceModel model;
  private final PartitionState state;
  private final DeclaredContracts contracts;
  private int written = -1;

  ServiceLevel(
      NodeContext node, ServiceModel model, PartitionState state, DeclaredContracts contracts) {
    this.node = node;
    this.model = model;
    this.state = state;
    this.contracts = contracts;
  }

  /**
   * The level to decide at: what is of a later one is not there yet. The state is in the project
   * and slot of the command, and is there again after.
   */
  int level(int project, int slot) {
    return model.contractLevel() == 1 ? 1 : Math.max(of(node, model), written(project, slot));
  }

  /** The level that the log says, as far as this leader has looked; 0 if it did not. */
  int written() {
    return Math.max(0, written);
  }

  private int written(int project, int slot) {
    if (written < 0) {
      state.enter(0, state.scope().firstSlot());
      written = contracts.writes();
      state.enter(project, slot);
    }
    return written;
  }

  /** As {@link #level(int, int)}, whatever one partition's log says. */
  static int of(NodeContext node, ServiceModel model) {
    int reads = model.contractLevel();
    return reads == 1 ? 1 : Math.min(reads, node.leadership().level(model.name(), reads));
  }

  /**
   * Checks that what is sent to a method is not of a level that the service has not reached.
   *
   * @throws Failure FAILED_PRECONDITION, naming both levels; to be tried again
   */
  static void check(NodeContext node, Method method, Message request) {
    int needed = method.needs().of(request);
    if (needed > 1) {
      int level = of(node, method.service());
      if (needed > level) {
        throw notYet(method.type().fullName(), method.service().name(), needed, level);
      }
    }
  }

  /**
   * Whether the log has yet to say that it needs this level.
   *
   * @param what full name of the event
   * @throws Failure FAILED_PRECONDITION if the service is not at it; to be tried again
   */
  boolean isNews(int needed, String what, int project, int slot) {
    if (needed <= written(project, slot)) {
      return false;
    }
    int level = level(project, slot);
    if (needed > level) {
      throw notYet(what, model.name(), needed, level);
    }
    return true;
  }

  /** The record that says so. */
  ContractDeclared raised(int level) {
    written = level;
    return DeclaredContracts.declare(model).toBuilder().setWrites(level).build();
  }

  /** What was said may have been undone. */
  void undo() {
    written = -1;
  }

  private static Failure notYet(String what, String service, int needed, int level) {
    return Failure.retryable(
        Code.FAILED_PRECONDITION,
        "%s is of contract level %d, and '%s' is at level %d until every node of the cluster reads level %d"
            .formatted(what, needed, service, level, needed),
        RETRY_MS);
  }
}
