package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.QueryParams;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Slots;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/operations/services/SERVICE/partitions/N/events}: the events of a partition's log
 * as JSON, in order, oldest first.
 *
 * <ul>
 *   <li>{@code from=OFFSET}, or {@code time=2026-01-31T12:00:00Z}: where to begin. Without either
 *       the page has the latest events, those before {@code before=OFFSET} if that is given.
 *   <li>{@code limit}: most events of a page, 1 to 1,000, 100 if nothing is said.
 *   <li>{@code key}: only events of the slot that this routing key has; another key has the same
 *       one in one of 65,536 cases. {@code type}, {@code project}: only those.
 * </ul>
 *
 * <p>A page looks at no more than {@value #MAX_EVENTS_READ} events and holds about {@value
 * #MAX_PAGE_BYTES} bytes: it may have fewer events than the limit and yet not be the last. Newer
 * ones are {@code from=nextOffset} until that is {@code endOffset}; older ones {@code
 * before=fromOffset} until that is {@code startOffset}.
 */
final class LogEndpoint {
  static final String PATH = "/v1/operations/services/{service}/partitions/{partition}/events";
  static final int MAX_EVENTS_READ = 50_000;
  private static final int MAX_PAGE_BYTES = 4 << 20;
  private static final int MAX_LIMIT = 1_000;
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_PARTITION = 65_535;

  private final Backend backend;
  private final Operations operations;

  LogEndpoint(Backend backend, Operations operations) {
    this.backend = backend;
    this.operations = operations;
  }

  /**
   * Which events.
   *
   * @param slot -1 for all, as project
   */
  private record Filter(int slot, int project, @Nullable String type) {
    static Filter of(QueryParams query) {
      String key = query.get("key", "");
      return new Filter(
          key.isEmpty() ? -1 : Slots.slotOf(key),
          (int) number(query, "project", -1, 0, Integer.MAX_VALUE),
          query.get("type", "").isEmpty() ? null : query.get("type"));
    }

    boolean isAll() {
      return slot < 0 && project < 0 && type == null;
    }

    boolean takes(EventView event, EventPrinter printer) {
      return (slot < 0 || slot == event.slot())
          && (project < 0 || project == event.project())
          && (type == null || type.equals(printer.nameOf(event)));
    }
  }

  Endpoint events() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () ->
                HttpResponse.of(
                    ErrorResponses.headers(HttpStatus.OK)
                        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                        .build(),
                    HttpData.ofUtf8(
                        page(
                            partition(
                                PercentCoding.decode(values.get(0), "service"),
                                PercentCoding.decode(values.get(1), "partition")),
                            ctx.queryParams()))));
  }

  private PartitionId partition(String service, String partition) {
    int index = (int) number("partition", partition, 0, MAX_PARTITION);
    String name = service + "/" + index;
    if (backend.status().partitions().stream().noneMatch(p -> p.name().equals(name))) {
      throw Failure.notFound("partition", name);
    }
    return new PartitionId(service, index);
  }

  private String page(PartitionId id, QueryParams query) throws IOException {
    int limit = (int) number(query, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
    Filter filter = Filter.of(query);
    long start = backend.startOffset(id);
    long end = backend.durableOffset(id);
    boolean latest = query.get("time", "").isEmpty() && query.get("from", "").isEmpty();
    long before = latest ? held(id, query, "before", end, start, end) : Long.MAX_VALUE;
    int window = filter.isAll() ? limit : MAX_EVENTS_READ;
    long from = latest ? Math.max(start, before - window) : from(id, query, start, end);
    Page page = new Page(from, before, limit, latest, filter, printer(id));
    try (LogReader reader = backend.readLog(id, from)) {
      for (Batch batch = reader.next(); batch != null && page.take(batch); ) {
        batch = reader.next();
      }
    }
    return page.json(start, end);
  }

  private EventPrinter printer(PartitionId id) {
    return new EventPrinter(id.service(), backend.services());
  }

  private long from(PartitionId id, QueryParams query, long start, long end) {
    String time = query.get("time", "");
    return time.isEmpty()
        ? held(id, query, "from", start, start, end)
        : Math.clamp(backend.offsetAt(id, timeUs(time)), start, end);
  }

  private static long held(
      PartitionId id, QueryParams query, String field, long absent, long start, long end) {
    long offset = number(query, field, absent, 0, Long.MAX_VALUE);
    if (offset < start || offset > end) {
      throw Failure.of(
          Code.OUT_OF_RANGE,
          "%s: the log of %s holds the offsets %d to %d; got %d"
              .formatted(field, id, start, end, offset));
    }
    return offset;
  }

  private static long timeUs(String time) {
    try {
      return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(time));
    } catch (DateTimeException | ArithmeticException e) {
      throw Failure.invalid(
          "time", "must be as 2026-01-31T12:00:00Z; got '" + Failure.quote(time) + "'");
    }
  }

  private static long number(QueryParams query, String field, long absent, long least, long most) {
    String text = query.get(field, "");
    return text.isEmpty() ? absent : number(field, text, least, most);
  }

  private static long number(String field, String text, long least, long most) {
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Failure.invalid(
        field, "must be from %d to %d; got '%s'".formatted(least, most, Failure.quote(text)));
  }

  /** What a page holds so far: from an offset on, or the latest of a window. */
  private static final class Page {
    private final long end;
    private final int limit;
    private final boolean latest;
    private final Filter filter;
    private final EventPrinter printer;
    private final ArrayDeque<Line> lines = new ArrayDeque<>();
    private long from;
    private long next;
    private long chars;
    private int read;

    private record Line(long offset, String json) {}

    Page(long from, long end, int limit, boolean latest, Filter filter, EventPrinter printer) {
      this.from = from;
      this.next = from;
      this.end = end;
      this.limit = limit;
      this.latest = latest;
      this.filter = filter;
      this.printer = printer;
    }

    /** Takes what it asks for of a batch; false if there is no more to take. */
    boolean take(Batch batch) throws IOException {
      for (EventView event : batch) {
        if (event.offset() < next) {
          continue;
        }
        if (event.offset() >= end || (!latest && (isFull() || read == MAX_EVENTS_READ))) {
          return false;
        }
        next = event.offset() + 1;
        read++;
        if (filter.takes(event, printer)) {
          add(new Line(event.offset(), printer.print(event, batch.logTimeUs())));
        }
      }
      return true;
    }

    private void add(Line line) {
      while (latest && isFull()) {
        chars -= lines.remove().json().length();
        from = lines.isEmpty() ? line.offset() : lines.element().offset();
      }
      lines.add(line);
      chars += line.json().length();
    }

    private boolean isFull() {
      return lines.size() == limit || chars >= MAX_PAGE_BYTES;
    }

    String json(long start, long end) {
      return "{\"startOffset\":%d,\"endOffset\":%d,\"fromOffset\":%d,\"nextOffset\":%d,\"events\":[%s]}"
          .formatted(
              start,
              Math.max(end, next),
              from,
              next,
              lines.stream().map(Line::json).collect(Collectors.joining(",")));
    }
  }
}
