package io.thalweg.access;

import com.google.rpc.Code;
import io.thalweg.access.v1.AuditRecord;
import io.thalweg.access.v1.AuditRecorded;
import io.thalweg.access.v1.ListAuditRecordsRequest;
import io.thalweg.access.v1.ListAuditRecordsResponse;
import io.thalweg.access.v1.RecordAuditRequest;
import io.thalweg.access.v1.RecordAuditResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.time.Duration;
import java.util.List;

/**
 * What was audited in each project: at most {@value #MAX_RECORDS} records, none older than 90 days
 * when others come. The oldest go in the handler of the event that brings new ones, by log time, so
 * that every replay has the same.
 */
final class AuditRecords {
  /** As whom the node itself asks. */
  static final String NODE = "gateway";

  static final int MAX_RECORDS = 10_000;
  static final long MAX_AGE_US = Duration.ofDays(90).toNanos() / 1_000;

  /** Rows that a page looks at: a filter may pass over many. */
  private static final int MAX_LOOKED_AT = 1000;

  /** Removed at once beyond as many as came: after a pause many may be too old. */
  private static final int REMOVED_BESIDE = 64;

  private final Table<Long, AuditRecord> rows;
  private final AuditRange range;

  AuditRecords(Table<Long, AuditRecord> rows, AuditRange range) {
    this.rows = rows;
    this.range = range;
  }

  RecordAuditResponse record(RecordAuditRequest request, CommandContext context) {
    if (!context.caller().principal().equals(NODE)) {
      throw Failure.of(
          Code.PERMISSION_DENIED, "only the node itself keeps what was audited; others list it");
    }
    AuditRecorded.Builder event = AuditRecorded.newBuilder();
    for (AuditRecord record : request.getRecordsList()) {
      event.addRecords(record.toBuilder().setTime(Names.time(context.logTimeUs())));
    }
    context.emit(event.build());
    return RecordAuditResponse.getDefaultInstance();
  }

  void recorded(AuditRecorded event, EventContext context) {
    for (AuditRecord record : event.getRecordsList()) {
      rows.put(AuditRange.keyOf(range.of(context.project()).next()), record);
    }
    long oldestUs = context.logTimeUs() - MAX_AGE_US;
    int most = event.getRecordsCount() + REMOVED_BESIDE;
    for (int removed = 0; removed < most; removed++) {
      AuditRange.Range has = range.of(context.project());
      long key = AuditRange.keyOf(has.first());
      AuditRecord oldest = has.first() < has.next() ? rows.get(key) : null;
      if (oldest == null
          || (has.next() - has.first() <= MAX_RECORDS && Names.us(oldest.getTime()) >= oldestUs)) {
        break;
      }
      rows.delete(key);
    }
  }

  ListAuditRecordsResponse list(ListAuditRecordsRequest request, QueryContext context) {
    int pageSize = request.hasPageSize() ? request.getPageSize() : Names.DEFAULT_PAGE_SIZE;
    String after = NamePages.nameBefore(request.getPageToken());
    Long from = after.isEmpty() ? null : AuditRange.keyOf(number(after) - 1);
    List<Table.Row<Long, AuditRecord>> next = rows.scan(from, null, MAX_LOOKED_AT + 1);
    ListAuditRecordsResponse.Builder answer = ListAuditRecordsResponse.newBuilder();
    for (int i = 0; i < next.size(); i++) {
      if (i == MAX_LOOKED_AT || answer.getRecordsCount() == pageSize) {
        long last = -next.get(i - 1).key();
        answer.setNextPageToken(NamePages.tokenAfter(Long.toString(last)));
        break;
      }
      AuditRecord record = next.get(i).value();
      if ((!request.getRefusedOnly() || record.getRefused())
          && (request.getPrincipal().isEmpty()
              || request.getPrincipal().equals(record.getPrincipal()))) {
        answer.addRecords(record);
      }
    }
    return answer.build();
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Failure.invalid("page_token", "must be from an earlier answer");
    }
  }
}
