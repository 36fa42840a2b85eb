package io.thalweg.docs;

import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.ListVersionsRequest;
import io.thalweg.docs.v1.ListVersionsResponse;
import io.thalweg.docs.v1.NameRow;
import io.thalweg.docs.v1.TailPart;
import io.thalweg.docs.v1.Version;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Lists versions, the newest first: looks at the parts of the history from the end. */
final class VersionList {
  private static final int PAGE = 500;
  private static final long MAX_LOOKED_AT = 20_000;
  private static final int PAUSE_SECONDS = 60;
  private static final long MAX_RUN_US = 3_600_000_000L;

  private final DocumentRows rows;
  private final VersionReads reads;

  /** What of a part is listed. */
  private record Step(
      long part, long version, String author, long timeUs, int bytes, boolean restores) {}

  /** A run that is being gathered, from its end on. */
  private static final class Run {
    final Step last;
    Step first;
    long bytes;

    Run(Step last) {
      this.last = last;
      this.first = last;
      this.bytes = last.bytes();
    }

    void add(Step step) {
      first = step;
      bytes += step.bytes();
    }
  }

  VersionList(DocumentRows rows, VersionReads reads) {
    this.rows = rows;
    this.reads = reads;
  }

  ListVersionsResponse list(ListVersionsRequest request, ScanContext context) {
    String document = request.getDocument();
    DocumentRow row = reads.row(document, context);
    Map<Long, List<String>> names = names(document, context);
    long pauseUs =
        1_000_000L * (request.hasPauseSeconds() ? request.getPauseSeconds() : PAUSE_SECONDS);
    int size = request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
    ListVersionsResponse.Builder answer = ListVersionsResponse.newBuilder();
    long end = end(request.getPageToken(), row);
    long stop = Math.max(row.getHistoryPart(), end - MAX_LOOKED_AT);
    Run run = null;
    for (long at = end; at > stop; at -= PAGE) {
      for (Step step : steps(document, Math.max(stop, at - PAGE), at, context)) {
        if (run != null && joins(run, step, pauseUs, names)) {
          run.add(step);
          continue;
        }
        if (run != null) {
          answer.addVersions(version(run, names));
          if (answer.getVersionsCount() == size) {
            return answer.setNextPageToken(Long.toString(run.first.part())).build();
          }
        }
        run = new Run(step);
      }
    }
    if (run != null) {
      answer.addVersions(version(run, names));
    }
    return answer.setNextPageToken(stop > row.getHistoryPart() ? Long.toString(stop) : "").build();
  }

  private static long end(String token, DocumentRow row) {
    if (!row.getHasHistory()) {
      return 0;
    }
    if (token.isEmpty()) {
      return row.getNextPart();
    }
    try {
      return Math.min(row.getNextPart(), Long.parseLong(token));
    } catch (NumberFormatException e) {
      throw Failure.invalid("page_token", "must be one that was answered; got another text");
    }
  }

  /** The parts of a window, the last first. */
  private List<Step> steps(String document, long from, long to, ScanContext context) {
    List<Step> steps = new ArrayList<>();
    Iterator<Table.Row<Pair<String, Long>, TailPart>> parts =
        context.scan(rows.tail(), new Pair<>(document, from), new Pair<>(document, to));
    while (parts.hasNext()) {
      Table.Row<Pair<String, Long>, TailPart> row = parts.next();
      TailPart part = row.value();
      steps.add(
          new Step(
              row.key().second(),
              part.getVersion(),
              part.getAuthor(),
              part.getTimeUs(),
              part.getUpdate().size(),
              part.getRestores() != 0));
    }
    return steps.reversed();
  }

  private static boolean joins(Run run, Step step, long pauseUs, Map<Long, List<String>> names) {
    if (step.version() == run.first.version()) {
      return true;
    }
    return pauseUs > 0
        && step.author().equals(run.first.author())
        && !step.restores()
        && !run.first.restores()
        && !names.containsKey(step.version())
        && run.first.timeUs() - step.timeUs() <= pauseUs
        && run.last.timeUs() - step.timeUs() <= MAX_RUN_US;
  }

  private static Version version(Run run, Map<Long, List<String>> names) {
    return Version.newBuilder()
        .setVersion(run.last.version())
        .setFirstVersion(run.first.version())
        .setAuthor(run.last.author())
        .setFirstTime(DocumentReads.time(run.first.timeUs()))
        .setTime(DocumentReads.time(run.last.timeUs()))
        .setBytes(run.bytes)
        .addAllNames(names.getOrDefault(run.last.version(), List.of()))
        .build();
  }

  private Map<Long, List<String>> names(String document, ScanContext context) {
    Map<Long, List<String>> names = new HashMap<>();
    Iterator<Table.Row<Pair<String, String>, NameRow>> found =
        context.scan(rows.names(), new Pair<>(document, ""), new Pair<>(document + '\0', ""));
    while (found.hasNext()) {
      Table.Row<Pair<String, String>, NameRow> row = found.next();
      names
          .computeIfAbsent(row.value().getVersion(), _ -> new ArrayList<>())
          .add(row.key().second());
    }
    return names;
  }

  /** There is one part only: a document lies in one partition. */
  static <T> T only(Object request, List<T> parts) {
    return parts.getFirst();
  }
}
