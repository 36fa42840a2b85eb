package io.thalweg.jobs;

import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.jobs.v1.QueueRow;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How fast queues are: what their totals were at the beginning of the minute that runs and of the
 * one before it. Not part of the state: a partition that is opened knows nothing of before, and
 * what is undone leaves nothing, for only totals of before a change are kept. Of the queues that
 * changed last, {@value #MAX_QUEUES} at the most; a change costs a look-up.
 *
 * <p>Used by the partition's thread.
 */
final class RecentTotals {
  private static final int MAX_QUEUES = 10_000;
  private static final long MINUTE_US = 60_000_000;
  private static final long LEAST_US = 1_000_000;

  private final Map<Place, Minutes> queues =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Minutes> eldest) {
          return size() > MAX_QUEUES;
        }
      };

  private record Place(int project, String queue) {}

  private record Totals(long enqueued, long done, long failed, long died) {
    static Totals of(QueueRow row) {
      return new Totals(
          row.getTotalEnqueued(), row.getTotalDone(), row.getTotalFailed(), row.getTotalDied());
    }
  }

  /** The totals as two minutes began in which there were changes; the first may not be known. */
  private static final class Minutes {
    final long sinceUs;
    long minute;
    Totals atMinute;
    long before = -1;
    Totals atBefore;

    Minutes(long nowUs, Totals totals) {
      sinceUs = nowUs;
      minute = nowUs / MINUTE_US;
      atMinute = totals;
      atBefore = totals;
    }
  }

  /** A queue changes now; {@code before} is its row until then, null if it was not there. */
  void changes(int project, String queue, @Nullable QueueRow before, long nowUs) {
    Place place = new Place(project, queue);
    Minutes known = queues.get(place);
    if (known != null && before != null && known.minute == nowUs / MINUTE_US) {
      return;
    }
    Totals totals = Totals.of(before == null ? QueueRow.getDefaultInstance() : before);
    if (known == null || before == null) {
      queues.put(place, new Minutes(nowUs, totals));
      return;
    }
    known.before = known.minute;
    known.atBefore = known.atMinute;
    known.minute = nowUs / MINUTE_US;
    known.atMinute = totals;
  }

  /** Adds what is known of a queue's rates. */
  void addTo(QueueFigures.Builder figures, int project, String queue, QueueRow row, long nowUs) {
    Minutes known = queues.get(new Place(project, queue));
    if (known == null) {
      return;
    }
    long first = nowUs / MINUTE_US - 1;
    Totals now = Totals.of(row);
    Totals then = now;
    if (known.before == first) {
      then = known.atBefore;
    } else if (known.minute >= first) {
      // Nothing happened in the minute before it.
      then = known.atMinute;
    }
    double seconds = Math.max(LEAST_US, nowUs - Math.max(known.sinceUs, first * MINUTE_US)) / 1e6;
    figures
        .setEnqueuedPerSecond((now.enqueued() - then.enqueued()) / seconds)
        .setDonePerSecond((now.done() - then.done()) / seconds)
        .setFailedPerSecond((now.failed() - then.failed()) / seconds)
        .setDiedPerSecond((now.died() - then.died()) / seconds);
  }
}
