package io.thalweg.keys;

import com.google.rpc.Code;
import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.KeysLeased;
import io.thalweg.keys.v1.LeaseEnded;
import io.thalweg.keys.v1.LeaseKeysRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.LeaseProgress;
import io.thalweg.keys.v1.LeaseRow;
import io.thalweg.keys.v1.LeasesForgotten;
import io.thalweg.keys.v1.ReturnLeaseRequest;
import io.thalweg.keys.v1.ReturnLeaseResponse;
import io.thalweg.keys.v1.Run;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leases blocks of keys and takes back what is left of them. That a lease expires changes nothing
 * but how its keys are counted: the block belongs to it until it is handed back.
 */
final class Leases {
  private final Tables tables;
  private final Guards guards;
  private final Handouts handouts;

  Leases(Tables tables, Guards guards, Handouts handouts) {
    this.tables = tables;
    this.guards = guards;
    this.handouts = handouts;
  }

  LeaseKeysResponse lease(LeaseKeysRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    guards.check(namespace, request.hasGuard(), request.getGuard(), context);
    for (LeaseProgress finished : request.getFinishedList()) {
      LeaseRow lease = tables.leases().get(new Pair<>(namespace.id(), finished.getEpoch()));
      if (lease != null) {
        end(namespace, finished, lease, "finished", context);
      }
    }
    makeRoom(namespace, context);
    CursorRow cursor = tables.cursor(namespace);
    if (cursor.getRanges() + Bounds.MAX_PIECES > Bounds.MAX_RANGES) {
      throw tooManyRanges(namespace);
    }
    Handouts.Plan plan =
        handouts.plan(namespace, cursor, context.logTimeUs(), Math.max(1, request.getCount()));
    if (plan.spans().isEmpty()) {
      throw Bounds.exhausted("namespace '%s' has no key left".formatted(namespace.name()));
    }
    long epoch = cursor.getEpoch() + 1;
    long ttlMs = request.hasTtlMs() ? request.getTtlMs() : Bounds.DEFAULT_TTL_MS;
    long expireTimeUs = context.logTimeUs() + ttlMs * 1_000;
    KeysLeased.Builder leased =
        KeysLeased.newBuilder()
            .setNamespaceId(namespace.id())
            .setEpoch(epoch)
            .setHolder(request.getHolder())
            .setExpireTimeUs(expireTimeUs)
            .setHigh(plan.high())
            .setSkipped(plan.skipped());
    List<Run> runs = new ArrayList<>();
    for (Span span : plan.spans()) {
      leased.addBlock(span.range());
      namespace.addRuns(span, runs);
    }
    context.emit(leased.build());
    return LeaseKeysResponse.newBuilder()
        .setEpoch(epoch)
        .setExpireTime(Bounds.time(expireTimeUs))
        .setTtlMs(ttlMs)
        .addAllRuns(runs)
        .setRecipe(namespace.recipe())
        .build();
  }

  ReturnLeaseResponse giveBack(ReturnLeaseRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    guards.check(namespace, request.hasGuard(), request.getGuard(), context);
    LeaseRow lease = find(namespace, request.getLease().getEpoch());
    return ReturnLeaseResponse.newBuilder()
        .setHandedBack(end(namespace, request.getLease(), lease, "lease", context))
        .build();
  }

  /**
   * An open lease.
   *
   * @throws Failure NOT_FOUND
   */
  LeaseRow find(Namespace namespace, long epoch) {
    LeaseRow lease = tables.leases().get(new Pair<>(namespace.id(), epoch));
    if (lease == null) {
      throw Failure.of(
          Code.NOT_FOUND,
          "namespace '%s' has no open lease of epoch %d".formatted(namespace.name(), epoch));
    }
    return lease;
  }

  private long end(
      Namespace namespace,
      LeaseProgress progress,
      LeaseRow lease,
      String field,
      CommandContext context) {
    LeaseEnded.Builder ended =
        LeaseEnded.newBuilder().setNamespaceId(namespace.id()).setEpoch(progress.getEpoch());
    long boundary = boundary(lease, progress, field);
    long back = 0;
    for (Span span : unknown(namespace, progress.getEpoch())) {
      Span used = upTo(span, boundary);
      Span rest = from(span, boundary);
      if (used != null) {
        ended.addUsed(used.range());
      }
      if (rest != null && namespace.isTimeOrdered()) {
        ended.addSkipped(rest.range());
      } else if (rest != null) {
        ended.addHandedBack(rest.range());
        back += rest.count();
      }
    }
    context.emit(ended.build());
    return back;
  }

  /** What is of unknown fate of a lease. */
  List<Span> unknown(Namespace namespace, long epoch) {
    return tables.ledger().leased(namespace.id(), epoch, Table.MAX_SCAN_ROWS);
  }

  /**
   * The first position that was not given out yet.
   *
   * @throws Failure INVALID_ARGUMENT if the block does not hold so many
   */
  static long boundary(LeaseRow lease, LeaseProgress progress, String field) {
    long left = progress.getHandedOut();
    if (left > lease.getGranted()) {
      throw Failure.invalid(
          field + ".handed_out",
          "must be at most %d, which the block has; got %d".formatted(lease.getGranted(), left));
    }
    for (Span span : Span.all(lease.getBlockList())) {
      if (left < span.count()) {
        return span.first() + left;
      }
      left -= span.count();
    }
    return Long.MAX_VALUE;
  }

  /** The part of a range before a position, or null. */
  static @Nullable Span upTo(Span span, long boundary) {
    return span.first() >= boundary
        ? null
        : new Span(span.first(), Math.min(span.last(), boundary - 1));
  }

  private static @Nullable Span from(Span span, long boundary) {
    return span.last() < boundary ? null : new Span(Math.max(span.first(), boundary), span.last());
  }

  /** Forgets the oldest leases that have expired if there are too many. */
  private void makeRoom(Namespace namespace, CommandContext context) {
    if (tables.cursor(namespace).getLeases() < Bounds.MAX_LEASES) {
      return;
    }
    LeasesForgotten.Builder forgotten = LeasesForgotten.newBuilder().setNamespaceId(namespace.id());
    for (Table.Row<Pair<Long, Long>, LeaseRow> row :
        tables
            .leases()
            .scan(
                new Pair<>(namespace.id(), 0L),
                new Pair<>(namespace.id(), Long.MAX_VALUE),
                Bounds.MAX_LEASES)) {
      if (row.value().getExpireTimeUs() <= context.logTimeUs()
          && forgotten.getEpochsCount() < Bounds.MAX_FORGOTTEN) {
        forgotten.addEpochs(row.key().second());
      }
    }
    if (forgotten.getEpochsCount() == 0) {
      throw Bounds.exhausted(
          "namespace '%s' has %d open leases, none of which has expired; hand some back"
              .formatted(namespace.name(), Bounds.MAX_LEASES));
    }
    context.emit(forgotten.build());
  }

  static Failure tooManyRanges(Namespace namespace) {
    return Bounds.exhausted(
        "the keys of namespace '%s' are in %d ranges; use, hand back or claim neighbours first"
            .formatted(namespace.name(), Bounds.MAX_RANGES));
  }
}
