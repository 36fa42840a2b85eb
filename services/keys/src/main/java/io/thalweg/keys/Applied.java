package io.thalweg.keys;

import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.GuardRaised;
import io.thalweg.keys.v1.KeyClaimed;
import io.thalweg.keys.v1.KeysLeased;
import io.thalweg.keys.v1.KeysReleased;
import io.thalweg.keys.v1.KeysTaken;
import io.thalweg.keys.v1.KeysUsed;
import io.thalweg.keys.v1.LeaseEnded;
import io.thalweg.keys.v1.LeaseRow;
import io.thalweg.keys.v1.LeasesForgotten;
import io.thalweg.keys.v1.NamespaceCreated;
import io.thalweg.keys.v1.NamespaceDeleted;
import io.thalweg.keys.v1.NamespaceRow;
import io.thalweg.keys.v1.RangeState;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;

/** Writes events to the tables. */
final class Applied {
  private final Tables tables;
  private final Guards guards;

  Applied(Tables tables, Guards guards) {
    this.tables = tables;
    this.guards = guards;
  }

  void created(NamespaceCreated event, EventContext context) {
    tables
        .namespaces()
        .put(
            event.getNamespace(),
            NamespaceRow.newBuilder()
                .setNamespaceId(event.getNamespaceId())
                .setSettings(event.getSettings())
                .setOrderKey(event.getOrderKey())
                .setMaskKey(event.getMaskKey())
                .setCreateTimeUs(context.logTimeUs())
                .build());
    tables.cursors().put(event.getNamespaceId(), CursorRow.getDefaultInstance());
  }

  void deleted(NamespaceDeleted event, EventContext context) {
    long id = event.getNamespaceId();
    tables.namespaces().delete(event.getNamespace());
    tables.cursors().delete(id);
    tables.ledger().clear(id);
    tables.leases().deleteRange(new Pair<>(id, 0L), new Pair<>(id, Long.MAX_VALUE));
    // Every key is of ASCII.
    tables.custom().deleteRange(new Pair<>(id, ""), new Pair<>(id, "\u007f"));
    guards.forget(id);
  }

  void taken(KeysTaken event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    for (Span span : Span.all(event.getAgainList())) {
      tables.ledger().set(id, cursor, span, null, 0);
    }
    tables.ledger().raise(id, cursor, event.getHigh());
    cursor.setSkipped(cursor.getSkipped() + event.getSkipped());
    Rate.count(cursor, event.getCount(), context.logTimeUs());
    tables.cursors().put(id, cursor.build());
  }

  void leased(KeysLeased event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    tables.ledger().raise(id, cursor, event.getHigh());
    long count = 0;
    for (Span span : Span.all(event.getBlockList())) {
      tables.ledger().set(id, cursor, span, RangeState.RANGE_LEASED, event.getEpoch());
      count += span.count();
    }
    cursor
        .setSkipped(cursor.getSkipped() + event.getSkipped())
        .setEpoch(event.getEpoch())
        .setLeases(cursor.getLeases() + 1);
    Rate.count(cursor, count, context.logTimeUs());
    tables.cursors().put(id, cursor.build());
    tables
        .leases()
        .put(
            new Pair<>(id, event.getEpoch()),
            LeaseRow.newBuilder()
                .setHolder(event.getHolder())
                .setLeaseTimeUs(context.logTimeUs())
                .setExpireTimeUs(event.getExpireTimeUs())
                .setGranted(count)
                .setUnknown(count)
                .addAllBlock(event.getBlockList())
                .build());
  }

  void ended(LeaseEnded event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    for (Span span : Span.all(event.getUsedList())) {
      tables.ledger().set(id, cursor, span, null, 0);
    }
    for (Span span : Span.all(event.getHandedBackList())) {
      tables.ledger().set(id, cursor, span, RangeState.RANGE_HANDED_BACK, 0);
    }
    for (Span span : Span.all(event.getSkippedList())) {
      tables.ledger().set(id, cursor, span, null, 0);
      cursor.setSkipped(cursor.getSkipped() + span.count());
    }
    tables.ledger().lower(id, cursor);
    tables.leases().delete(new Pair<>(id, event.getEpoch()));
    tables.cursors().put(id, cursor.setLeases(cursor.getLeases() - 1).build());
  }

  void used(KeysUsed event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    for (Span span : Span.all(event.getUsedList())) {
      Ledger.Entry entry = tables.ledger().at(id, span.first());
      tables.ledger().set(id, cursor, span, null, 0);
      if (entry != null && entry.epoch() != 0) {
        Pair<Long, Long> key = new Pair<>(id, entry.epoch());
        LeaseRow lease = tables.leases().get(key);
        if (lease != null) {
          tables
              .leases()
              .put(key, lease.toBuilder().setUnknown(lease.getUnknown() - span.count()).build());
        }
      }
    }
    tables.cursors().put(id, cursor.build());
  }

  void claimed(KeyClaimed event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    if (event.hasPosition()) {
      Span span = new Span(event.getPosition(), event.getPosition());
      boolean ahead = event.getPosition() >= cursor.getHigh();
      tables.ledger().set(id, cursor, span, ahead ? RangeState.RANGE_CLAIMED : null, 0);
    } else {
      tables.custom().put(new Pair<>(id, event.getCustom()), context.logTimeUs());
      cursor.setCustom(cursor.getCustom() + 1);
    }
    tables.cursors().put(id, cursor.build());
  }

  void released(KeysReleased event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    for (Span span : Span.all(event.getReleasedList())) {
      boolean ahead = span.first() >= cursor.getHigh();
      tables.ledger().set(id, cursor, span, ahead ? null : RangeState.RANGE_RELEASED, 0);
    }
    for (String key : event.getCustomList()) {
      tables.custom().delete(new Pair<>(id, key));
      cursor.setCustom(cursor.getCustom() - 1);
    }
    tables.cursors().put(id, cursor.build());
  }

  void forgotten(LeasesForgotten event, EventContext context) {
    long id = event.getNamespaceId();
    CursorRow.Builder cursor = tables.cursor(id).toBuilder();
    for (long epoch : event.getEpochsList()) {
      for (Span span : tables.ledger().leased(id, epoch, Table.MAX_SCAN_ROWS)) {
        tables.ledger().set(id, cursor, span, RangeState.RANGE_LOST, 0);
      }
      tables.leases().delete(new Pair<>(id, epoch));
      cursor.setLeases(cursor.getLeases() - 1);
    }
    tables.cursors().put(id, cursor.build());
  }

  void guardRaised(GuardRaised event, EventContext context) {
    guards.raised(event);
  }
}
