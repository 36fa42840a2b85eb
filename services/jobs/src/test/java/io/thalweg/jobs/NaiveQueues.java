package io.thalweg.jobs;

import io.thalweg.jobs.v1.DueKind;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.JobsEnqueued;
import io.thalweg.jobs.v1.JobsExtended;
import io.thalweg.jobs.v1.JobsLeased;
import io.thalweg.jobs.v1.JobsReadied;
import io.thalweg.jobs.v1.JobsRemoved;
import io.thalweg.jobs.v1.JobsUnblocked;
import io.thalweg.jobs.v1.KeysFreed;
import io.thalweg.jobs.v1.QueueSet;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.QueueTicked;
import io.thalweg.jobs.v1.UniqueScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a log says of the queues of a partition, followed event by event with plain maps; throws
 * when an event breaks a rule.
 */
final class NaiveQueues {
  private static final long MINUTE_US = 60_000_000;

  private final Map<String, Queue> queues = new HashMap<>();

  /** A job as the log has it. */
  static final class Naive {
    final JobsEnqueued.Enqueued enqueued;
    JobState state;
    long token;
    int done;
    boolean started;
    final Set<Object> waitsFor = new HashSet<>();

    Naive(JobsEnqueued.Enqueued enqueued) {
      this.enqueued = enqueued;
      waitsFor.addAll(enqueued.getAfterList());
      waitsFor.addAll(enqueued.getAfterBatchesList());
      state =
          !waitsFor.isEmpty()
              ? JobState.BLOCKED
              : enqueued.getRunTimeUs() > 0 ? JobState.SCHEDULED : JobState.READY;
    }

    String key() {
      return enqueued.getSpec().getKey();
    }
  }

  private static final class Queue {
    final Map<Long, Naive> jobs = new TreeMap<>();
    final Set<Long> gone = new HashSet<>();
    final Set<Long> over = new HashSet<>();
    // By key: the keys that were served since it was served last.
    final Map<String, Set<String>> servedSince = new HashMap<>();
    // By key: the keys that had something to start at every moment since then.
    final Map<String, Set<String>> readySince = new HashMap<>();
    QueueSettings settings = QueueSettings.getDefaultInstance();
    // By key: when its jobs were started under the present settings, and under no others.
    final Map<String, List<Long>> startsUs = new HashMap<>();
    // Keys whose rate lets nothing start, and until when.
    final Map<String, Long> throttledUntilUs = new HashMap<>();
    // Keys that were at their limit when something last happened to them. A limit that is higher
    // now counts from the next time on.
    final Set<String> atLimit = new HashSet<>();
    // Times of its schedule that have come.
    final Set<Long> cameUs = new HashSet<>();
    long lastToken;
  }

  private Queue queue(String name) {
    return queues.computeIfAbsent(name, n -> new Queue());
  }

  /** The jobs of a queue that are there. */
  Map<Long, Naive> jobs(String queue) {
    return queue(queue).jobs;
  }

  /** Whether a job was there once, and is not any more. */
  boolean isGone(String queue, long job) {
    return queue(queue).gone.contains(job);
  }

  void see(QueueSet event) {
    Queue queue = queue(event.getQueue());
    queue.settings = event.getSettings();
    queue.startsUs.clear();
    settle(queue);
  }

  void see(JobsEnqueued event, long timeUs) {
    Queue queue = queue(event.getQueue());
    for (JobsEnqueued.Enqueued job : event.getJobsList()) {
      check(!queue.jobs.containsKey(job.getJob()), "a number is used twice");
      String unique = job.getSpec().getUniqueKey();
      if (!unique.isEmpty()) {
        for (Naive other : queue.jobs.values()) {
          check(
              !other.enqueued.getSpec().getUniqueKey().equals(unique) || !excludes(other, timeUs),
              "two jobs of the unique key " + unique);
        }
      }
      long cameUs = job.getScheduleTimeUs();
      check(
          cameUs == 0 || (cameUs % MINUTE_US == 0 && cameUs <= timeUs && queue.cameUs.add(cameUs)),
          "a job of a schedule for no time of it, too early, or twice for one");
      Naive made = new Naive(job);
      queue.jobs.put(job.getJob(), made);
      if (made.state == JobState.READY) {
        touch(queue, made.key());
      }
    }
    settle(queue);
  }

  private static boolean excludes(Naive job, long timeUs) {
    return switch (job.enqueued.getSpec().getUniqueScope()) {
      case UNTIL_STARTED -> !job.started;
      case UNTIL_OVER -> job.state != JobState.DONE && job.state != JobState.DEAD && !wasDead(job);
      case FOR_A_TIME -> job.enqueued.getUniqueUntilUs() > timeUs;
      case UNIQUE_SCOPE_UNSPECIFIED, UNRECOGNIZED ->
          throw new AssertionError("a unique key without a scope");
    };
  }

  // A dead job has given its key up, and does not take it back when it is requeued.
  private static boolean wasDead(Naive job) {
    return job.done < 0;
  }

  void see(JobsLeased event, long offset, long timeUs) {
    Queue queue = queue(event.getQueue());
    check(event.getTurnsCount() > 0, "a lease of nothing");
    int[] lastOfTurn = new int[event.getTurnsCount()];
    for (int i = 0; i < event.getLeasesCount(); i++) {
      lastOfTurn[event.getLeases(i).getTurn()] = i;
    }
    int place = -1;
    check(offset > queue.lastToken, "tokens do not go up");
    queue.lastToken = offset;
    for (JobsLeased.Lease lease : event.getLeasesList()) {
      place++;
      Naive job = queue.jobs.get(lease.getJob());
      if (job == null) {
        throw new IllegalStateException("a lease of what is not there");
      }
      check(job.state == JobState.READY, "a lease of what is not ready");
      check(!queue.throttledUntilUs.containsKey(job.key()), "a lease of a key that is throttled");
      for (Object upstream : job.waitsFor) {
        check(
            !(upstream instanceof Long other) || queue.over.contains(other),
            "a job runs before one that it waits for");
      }
      fair(queue, job.key());
      job.state = JobState.RUNNING;
      job.started = true;
      job.token = offset;
      int most = queue.settings.getMaxRunningPerKey();
      check(most == 0 || running(queue, job.key()) <= most, "too many of one key run");
      int mostInAll = queue.settings.getMaxRunning();
      check(mostInAll == 0 || running(queue) <= mostInAll, "too many run");
      rate(queue, job.key(), timeUs);
      long untilUs = event.getTurns(lease.getTurn()).getThrottledUntilUs();
      if (untilUs > 0 && place == lastOfTurn[lease.getTurn()]) {
        queue.throttledUntilUs.put(job.key(), untilUs);
      }
      touch(queue, job.key());
      settle(queue);
    }
    event.getTurnsList().forEach(turn -> touch(queue, turn.getKey()));
    settle(queue);
  }

  // Between two jobs of a key every other key that could start one all the time gets one.
  private static void fair(Queue queue, String key) {
    Set<String> always = queue.readySince.get(key);
    if (always != null) {
      for (String other : always) {
        check(
            other.equals(key) || queue.servedSince.getOrDefault(key, Set.of()).contains(other),
            "key '%s' is served twice before '%s'".formatted(key, other));
      }
    }
    queue.servedSince.values().forEach(served -> served.add(key));
    queue.servedSince.put(key, new HashSet<>());
    queue.readySince.put(key, startable(queue));
  }

  private static Set<String> startable(Queue queue) {
    Set<String> keys = new HashSet<>();
    int most = queue.settings.getMaxRunningPerKey();
    for (Naive job : queue.jobs.values()) {
      if (job.state == JobState.READY
          && (most == 0 || running(queue, job.key()) < most)
          && !queue.atLimit.contains(job.key())
          && !queue.throttledUntilUs.containsKey(job.key())) {
        keys.add(job.key());
      }
    }
    return keys;
  }

  /** Something has happened to a key: whether it is at its limit counts from now on. */
  private static void touch(Queue queue, String key) {
    int most = queue.settings.getMaxRunningPerKey();
    if (most > 0 && running(queue, key) >= most) {
      queue.atLimit.add(key);
    } else {
      queue.atLimit.remove(key);
    }
  }

  void see(QueueTicked event) {
    Queue queue = queue(event.getQueue());
    for (QueueTicked.Due due : event.getDueList()) {
      String key = due.getName();
      if (due.getKind() == DueKind.KEY_DUE) {
        queue.throttledUntilUs.remove(key, due.getTimeUs());
        touch(queue, key);
      } else if (due.getKind() == DueKind.KEY_FORGOTTEN) {
        touch(queue, key);
      }
    }
    settle(queue);
  }

  void see(KeysFreed event) {
    Queue queue = queue(event.getQueue());
    event.getKeysList().forEach(key -> touch(queue, key));
    settle(queue);
  }

  private static void settle(Queue queue) {
    Set<String> startable = startable(queue);
    queue.readySince.values().forEach(always -> always.retainAll(startable));
  }

  // Of any starts of a key in a row, those beyond the burst are spread as the rate says.
  private static void rate(Queue queue, String key, long timeUs) {
    QueueSettings settings = queue.settings;
    if (settings.getKeyRate() == 0) {
      return;
    }
    long periodMs = settings.getKeyRatePeriodMs() == 0 ? 1_000 : settings.getKeyRatePeriodMs();
    long intervalUs = 1_000 * periodMs / settings.getKeyRate();
    int burst = Math.max(1, settings.getKeyBurst());
    List<Long> starts = queue.startsUs.computeIfAbsent(key, k -> new ArrayList<>());
    starts.add(timeUs);
    for (int n = burst + 1; n <= starts.size(); n++) {
      long spanUs = timeUs - starts.get(starts.size() - n);
      check(spanUs >= (n - burst) * intervalUs, "a key is faster than its rate");
    }
  }

  private static long running(Queue queue) {
    return queue.jobs.values().stream().filter(job -> job.state == JobState.RUNNING).count();
  }

  private static long running(Queue queue, String key) {
    return queue.jobs.values().stream()
        .filter(job -> job.state == JobState.RUNNING && job.key().equals(key))
        .count();
  }

  void see(JobsExtended event) {
    for (JobsExtended.Extension extension : event.getJobsList()) {
      Naive job = queue(event.getQueue()).jobs.get(extension.getJob());
      if (job == null) {
        throw new IllegalStateException("a beat of what is not there");
      }
      check(job.state == JobState.RUNNING, "a beat of what does not run");
      touch(queue(event.getQueue()), job.key());
    }
    settle(queue(event.getQueue()));
  }

  void see(JobsEnded event) {
    Queue queue = queue(event.getQueue());
    Set<String> keys = new HashSet<>();
    for (JobsEnded.End end : event.getJobsList()) {
      Naive job = queue.jobs.get(end.getJob());
      if (job == null) {
        throw new IllegalStateException("an end of what is not there");
      }
      check(job.state == JobState.RUNNING, "an end of what does not run");
      keys.add(job.key());
      job.state = end.getState();
      if (end.getState() == JobState.DONE) {
        queue.over.add(end.getJob());
        if (end.getTimeUs() == 0) {
          queue.jobs.remove(end.getJob());
          queue.gone.add(end.getJob());
        }
      }
      if (end.getState() == JobState.DEAD) {
        job.done = -1;
      }
    }
    keys.forEach(key -> touch(queue, key));
    settle(queue);
  }

  void see(JobsReadied event) {
    Queue queue = queue(event.getQueue());
    for (JobsReadied.Readied readied : event.getJobsList()) {
      Naive job = queue.jobs.get(readied.getJob());
      if (job == null) {
        throw new IllegalStateException("ready and not there");
      }
      check(
          job.state == (readied.getRequeued() ? JobState.DEAD : JobState.SCHEDULED),
          "ready before its time");
      job.state = JobState.READY;
      touch(queue, job.key());
    }
    settle(queue);
  }

  void see(JobsUnblocked event, long timeUs) {
    Queue queue = queue(event.getQueue());
    for (long waiting : event.getJobsList()) {
      Naive job = queue.jobs.get(waiting);
      if (job == null) {
        throw new IllegalStateException("unblocked and not there");
      }
      check(job.state == JobState.BLOCKED, "unblocked and not blocked");
      Object upstream =
          event.getAfterBatch().isEmpty() ? (Object) event.getAfter() : event.getAfterBatch();
      check(job.waitsFor.remove(upstream), "unblocked twice");
      if (job.waitsFor.isEmpty()) {
        job.state = job.enqueued.getRunTimeUs() > timeUs ? JobState.SCHEDULED : JobState.READY;
        if (job.state == JobState.READY) {
          touch(queue, job.key());
        }
      }
      for (long after : job.enqueued.getAfterList()) {
        check(
            job.waitsFor.contains(after) || queue.over.contains(after),
            "released by what is not done");
      }
    }
    settle(queue);
  }

  void see(JobsRemoved event) {
    Queue queue = queue(event.getQueue());
    for (long gone : event.getJobsList()) {
      Naive job = queue.jobs.remove(gone);
      if (job == null) {
        throw new IllegalStateException("removed what there is not");
      }
      queue.gone.add(gone);
      if (job.state == JobState.READY || job.state == JobState.RUNNING) {
        touch(queue, job.key());
      }
    }
    settle(queue);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** One of the three scopes. */
  static UniqueScope scope(int drawn) {
    return switch (drawn) {
      case 0 -> UniqueScope.UNTIL_STARTED;
      case 1 -> UniqueScope.UNTIL_OVER;
      default -> UniqueScope.FOR_A_TIME;
    };
  }
}
