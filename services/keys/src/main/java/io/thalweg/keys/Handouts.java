package io.thalweg.keys;

import com.google.rpc.Code;
import io.thalweg.keys.space.KeyMaker;
import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.KeysTaken;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.Order;
import io.thalweg.keys.v1.RangeState;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says which positions are next, and gives out their keys. */
final class Handouts {
  private static final int MAX_ROUNDS = 1_000;
  private static final long AHEAD_US = 3_600_000_000L;
  private static final long RETRY_MS = 60_000;

  private final Tables tables;
  private final Guards guards;
  private final @Nullable String[] made = new @Nullable String[KeyMaker.GROUP];

  Handouts(Tables tables, Guards guards) {
    this.tables = tables;
    this.guards = guards;
  }

  /**
   * What is given next.
   *
   * @param spans ascending
   * @param high the new high mark
   * @param skipped positions that are passed over for good
   */
  record Plan(List<Span> spans, long high, long skipped) {}

  NextKeysResponse next(NextKeysRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    guards.check(namespace, request.hasGuard(), request.getGuard(), context);
    int count = request.hasCount() ? request.getCount() : 1;
    NextKeysResponse.Builder answer = NextKeysResponse.newBuilder();
    for (int round = 0; answer.getKeysCount() < count; round++) {
      CursorRow cursor = tables.cursor(namespace);
      Plan plan = plan(namespace, cursor, context.logTimeUs(), count - answer.getKeysCount());
      if (plan.spans().isEmpty() || round == MAX_ROUNDS) {
        // What was emitted before is undone with the command.
        throw Bounds.exhausted(
            "namespace '%s' has %d keys left; %d were asked for"
                .formatted(namespace.name(), answer.getKeysCount(), count));
      }
      int before = answer.getKeysCount();
      for (Span span : plan.spans()) {
        make(namespace, span, answer);
      }
      int given = answer.getKeysCount() - before;
      KeysTaken.Builder taken =
          KeysTaken.newBuilder()
              .setNamespaceId(namespace.id())
              .setHigh(plan.high())
              .setSkipped(plan.skipped() + Span.count(plan.spans()) - given)
              .setCount(given);
      plan.spans().stream()
          .filter(span -> span.last() < cursor.getHigh())
          .forEach(span -> taken.addAgain(span.range()));
      context.emit(taken.build());
    }
    return answer.build();
  }

  private void make(Namespace namespace, Span span, NextKeysResponse.Builder answer) {
    long position = span.first();
    while (position <= span.last()) {
      int count =
          (int) namespace.runFrom(position, Math.min(KeyMaker.GROUP, span.last() - position + 1));
      namespace.maker().make(namespace.numberAt(position), count, made);
      for (int i = 0; i < count; i++) {
        String key = made[i];
        if (key != null) {
          answer.addKeys(key);
        }
      }
      position += count;
    }
  }

  /**
   * Which positions are next; fewer than {@code want} if there are no more, or if they would be in
   * more than {@link Bounds#MAX_PIECES} pieces.
   *
   * @throws Failure RESOURCE_EXHAUSTED if time-ordered keys are too far ahead of the time
   */
  Plan plan(Namespace namespace, CursorRow cursor, long nowUs, long want) {
    if (namespace.isTimeOrdered()) {
      return byTime(namespace, cursor, nowUs, want);
    }
    List<Span> spans = new ArrayList<>();
    long left = want;
    if (namespace.order() == Order.UNGUESSABLE) {
      left = again(namespace, RangeState.RANGE_HANDED_BACK, left, spans);
    }
    long at = cursor.getHigh();
    while (left > 0 && at < namespace.size() && spans.size() < Bounds.MAX_PIECES) {
      Ledger.Entry claimed = tables.ledger().firstFrom(namespace.id(), at);
      if (claimed != null && claimed.span().first() <= at) {
        at = claimed.span().last() + 1;
        continue;
      }
      long end = Math.min(namespace.size(), at + left);
      if (claimed != null) {
        end = Math.min(end, claimed.span().first());
      }
      spans.add(new Span(at, end - 1));
      left -= end - at;
      at = end;
    }
    if (namespace.order() == Order.SEQUENTIAL) {
      left = again(namespace, RangeState.RANGE_HANDED_BACK, left, spans);
    }
    again(namespace, RangeState.RANGE_RELEASED, left, spans);
    spans.sort(Comparator.comparingLong(Span::first));
    return new Plan(spans, at, 0);
  }

  private long again(Namespace namespace, RangeState state, long want, List<Span> spans) {
    long left = want;
    if (left > 0 && spans.size() < Bounds.MAX_PIECES) {
      for (Span span :
          tables.ledger().toGiveAgain(namespace.id(), state, Bounds.MAX_PIECES - spans.size())) {
        if (left == 0) {
          break;
        }
        long count = Math.min(left, span.count());
        spans.add(new Span(span.first(), span.first() + count - 1));
        left -= count;
      }
    }
    return left;
  }

  private static Plan byTime(Namespace namespace, CursorRow cursor, long nowUs, long want) {
    long start = Math.max(cursor.getHigh(), Namespace.positionAt(nowUs));
    if (start + want > Namespace.positionAt(nowUs + AHEAD_US)) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "the keys of namespace '%s' are an hour ahead of the log's time"
              .formatted(namespace.name()),
          RETRY_MS);
    }
    return new Plan(
        List.of(new Span(start, start + want - 1)), start + want, start - cursor.getHigh());
  }
}
