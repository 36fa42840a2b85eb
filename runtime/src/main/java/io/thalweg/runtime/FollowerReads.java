package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.Sealed;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StoreException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Session reads of a partition that another node leads: point queries, answered from what was
 * applied here if that is as far as their caller has seen. All that was applied is durable, so an
 * answer leaves at once. The partition's thread.
 *
 * <p>What is not in the tables (ephemeral maps, requests that wait) is at the leader alone: a query
 * that asks for it goes there, and so does one that throws what is no refusal.
 */
final class FollowerReads {
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final NodeContext node;
  private final PartitionId id;
  private final ServiceInstance instance;
  private final PartitionState state;
  private final PartitionMetrics metrics;
  private final Log log;
  private long lookedNs;
  private long leaderAt;

  FollowerReads(
      NodeContext node,
      PartitionId id,
      ServiceInstance instance,
      PartitionState state,
      PartitionMetrics metrics,
      Log log) {
    this.node = node;
    this.id = id;
    this.instance = instance;
    this.state = state;
    this.metrics = metrics;
    this.log = log;
    lookedNs = node.host().nanoTime() - LOOK_NS;
  }

  /** Whether a follower may answer a call, if it has come far enough. Any thread. */
  static boolean mayAnswer(Call call) {
    return call.request().seen() != null
        && call.method() != null
        && call.clientMethod().kind() == MethodKind.POINT_QUERY;
  }

  /**
   * Answers what waits, and hands on what the leader must answer.
   *
   * @param applied offset of the next event
   */
  void serve(PartitionQueue queue, long applied, Consumer<Call> toLeader) {
    long lag = lag(applied);
    metrics.lag = lag;
    for (Call call = queue.poll(); call != null; call = queue.poll()) {
      if (call.isExpired(node.host().nanoTime())) {
        metrics.expired.increment();
        call.handler().failure(Call.expired());
      } else if (!mayAnswer(call) || !answer(call, applied, lag)) {
        toLeader.accept(call);
      }
    }
  }

  private boolean answer(Call call, long applied, long lag) {
    Position seen = call.request().seen();
    int lineage = lineage();
    boolean here = seen != null && seen.partition() == id.index();
    if (seen != null && here && (seen.lineage() > lineage || seen.offset() >= applied)) {
      return false;
    }
    Message reply;
    try {
      state.enter(call.project(), call.slot());
      reply =
          instance
              .queryOf(call.message().getClass())
              .handle(call.message(), new Reading(call, applied));
    } catch (Failure e) {
      metrics.refusals.increment();
      call.handler().failure(e);
      return true;
    } catch (StoreException | LogException e) {
      throw e;
    } catch (RuntimeException e) {
      return false;
    }
    metrics.queries.increment();
    metrics.followed.increment();
    call.handler().replyOfFollower(reply, new Position(lineage, id.index(), applied - 1), lag);
    return true;
  }

  private int lineage() {
    int newest = 1;
    for (Lineage each : log.lineages(id)) {
      newest = Math.max(newest, each.ordinal());
    }
    return newest;
  }

  /** How many events the leader was ahead when it was heard last. */
  private long lag(long applied) {
    Forwarding forwarding = node.forwarding();
    long nowNs = node.host().nanoTime();
    if (forwarding != null && nowNs - lookedNs >= LOOK_NS) {
      lookedNs = nowNs;
      String name = id.toString();
      forwarding.peers().view().partitions().stream()
          .filter(partition -> partition.name().equals(name))
          .forEach(partition -> leaderAt = partition.position());
    }
    return Math.max(0, Math.max(leaderAt, log.durableOffset(id)) - applied);
  }

  /** What a query here may use beside the tables. */
  private final class Reading implements QueryContext {
    private final Call call;
    private final long applied;
    private final long logTimeUs = node.clock().nowUs();

    Reading(Call call, long applied) {
      this.call = call;
      this.applied = applied;
    }

    @Override
    public long logTimeUs() {
      return logTimeUs;
    }

    @Override
    public Caller caller() {
      return call.request().caller();
    }

    @Override
    public long offset() {
      return applied;
    }

    @Override
    public int waiting(String topic) {
      throw new IllegalStateException("requests wait at the leader");
    }

    @Override
    public Optional<ByteString> unseal(Sealed sealed) {
      return KnownKeys.with(() -> node.keys().unseal(id.service(), call.project(), sealed));
    }
  }
}
