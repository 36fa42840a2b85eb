package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.DueKey;
import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.JobTables.ReadyKey;
import io.thalweg.jobs.JobTables.TurnKey;
import io.thalweg.jobs.JobTables.WaitKey;
import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.DueKind;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.KeyRow;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.jobs.v1.UniqueRow;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.runtime.EventContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves jobs of one queue from one state to another, for one event: {@link #open}, then {@link
 * #move} for each job, then {@link #close}. The places of a job in the orders, the counts of queue
 * and keys, unique keys, batches and whoever waits for it follow from its state before and after.
 *
 * <p>The rows of the queue and of its keys are read once and written once for an event.
 *
 * <p>Used by the partition's thread, by event handlers.
 */
final class Shelf {
  private static final long BATCH_KEPT_US = 7 * 86_400_000_000L;

  private final JobTables tables;
  private final ReadyHints hints;
  private final RecentTotals recent;
  private final Map<String, Key> keys = new LinkedHashMap<>();
  private String queue = "";
  private @Nullable QueueRow stored;
  private QueueRow.Builder row = QueueRow.newBuilder();
  private long nowUs;
  private int project;

  // What decisions ask for after their events: not part of the state.
  private long lowestDueUs = Long.MAX_VALUE;
  private int leasable;

  Shelf(JobTables tables, ReadyHints hints, RecentTotals recent) {
    this.tables = tables;
    this.hints = hints;
    this.recent = recent;
  }

  /** What is known of a key while an event is applied. */
  private static final class Key {
    final @Nullable KeyRow stored;
    final KeyRow.Builder row;

    Key(@Nullable KeyRow stored) {
      this.stored = stored;
      row = stored == null ? KeyRow.newBuilder() : stored.toBuilder();
    }
  }

  // ---------------------------------------------------------------- for decisions

  /** Before a decision: {@link #lowestDueUs} and {@link #leasable} begin again. */
  void watch() {
    lowestDueUs = Long.MAX_VALUE;
    leasable = 0;
  }

  /** The earliest of what was put on the agenda since {@link #watch}. */
  long lowestDueUs() {
    return lowestDueUs;
  }

  /** How much became possible to lease since {@link #watch}, at least. */
  int leasable() {
    return leasable;
  }

  /** That something can be leased which an event does not show. */
  void moreLeasable(int count) {
    leasable += count;
  }

  // ---------------------------------------------------------------- for events

  QueueRow.Builder open(String name, EventContext context) {
    queue = name;
    nowUs = context.logTimeUs();
    project = context.project();
    stored = tables.queues.get(name);
    recent.changes(project, name, stored, nowUs);
    row =
        stored == null
            ? QueueRow.newBuilder().setCreateTimeUs(nowUs).setSweptUs(nowUs)
            : stored.toBuilder();
    keys.clear();
    return row;
  }

  void close() {
    for (Map.Entry<String, Key> entry : keys.entrySet()) {
      closeKey(entry.getKey(), entry.getValue());
    }
    keys.clear();
    tables.queues.replace(queue, stored, row.build());
  }

  private void closeKey(String name, Key key) {
    KeyRow.Builder now = key.row;
    KeyRow before = key.stored;
    int most = row.getSettings().getMaxRunningPerKey();
    boolean mayStart =
        now.getReady() > 0
            && (most == 0 || now.getRunning() < most)
            && now.getThrottledUntilUs() == 0;
    long wasTurn = before == null ? 0 : before.getTurn();
    boolean queued = before != null && before.getQueued();
    if (mayStart && !queued) {
      // Behind all who wait: it neither overtakes them nor brings credit along.
      row.setTurn(row.getTurn() + 1);
      now.setTurn(row.getTurn());
      leasable += (int) Math.min(now.getReady(), 1_000);
    }
    now.setQueued(mayStart);
    if (queued && (!mayStart || wasTurn != now.getTurn())) {
      tables.turns.delete(new TurnKey(queue, wasTurn, name), true);
    }
    if (mayStart && (!queued || wasTurn != now.getTurn())) {
      tables.turns.replace(new TurnKey(queue, now.getTurn(), name), null, true);
    }
    NameKey at = new NameKey(queue, name);
    boolean empty = now.getReady() == 0 && now.getRunning() == 0 && now.getThrottledUntilUs() == 0;
    if (empty && now.getRateTimeUs() <= nowUs) {
      if (before != null) {
        tables.keys.delete(at, before);
      }
      return;
    }
    if (empty) {
      due(DueKey.of(queue, now.getRateTimeUs(), DueKind.KEY_FORGOTTEN, 0, name));
    }
    tables.keys.replace(at, before, now.build());
  }

  /** The present row of a key, to be changed. */
  KeyRow.Builder key(String name) {
    return keys.computeIfAbsent(name, k -> new Key(tables.keys.get(new NameKey(queue, k)))).row;
  }

  /** Puts something on the agenda. */
  void due(DueKey entry) {
    tables.agenda.replace(entry, null, true);
    lowestDueUs = Math.min(lowestDueUs, entry.timeUs());
    if (entry.timeUs() < row.getSweptUs()) {
      row.setSweptUs(entry.timeUs());
    }
  }

  /** Where a job is. */
  static JobState state(SpecRow spec, @Nullable RunRow run) {
    if (run != null) {
      return run.getState();
    }
    return spec.getRunTimeUs() > 0 ? JobState.SCHEDULED : JobState.READY;
  }

  private static long dueUs(SpecRow spec, @Nullable RunRow run) {
    return run != null ? run.getDueUs() : spec.getRunTimeUs();
  }

  /** A job that was not there. */
  void add(long job, SpecRow spec, @Nullable RunRow run) {
    tables.specs.replace(new JobKey(queue, job), null, spec);
    if (run != null) {
      tables.runs.replace(new JobKey(queue, job), null, run);
    }
    place(job, spec, run);
  }

  /** A job that is in another state now, or in the same one with other times. */
  void move(long job, SpecRow spec, @Nullable RunRow before, RunRow after) {
    unplace(job, spec, before);
    tables.runs.replace(new JobKey(queue, job), before, after);
    place(job, spec, after);
    JobState from = state(spec, before);
    JobState to = after.getState();
    if (to == JobState.RUNNING && from != JobState.RUNNING) {
      freeUnique(job, spec, UniqueScope.UNTIL_STARTED);
    }
    if (to == JobState.DONE || to == JobState.DEAD) {
      freeUnique(job, spec, UniqueScope.UNTIL_STARTED);
      freeUnique(job, spec, UniqueScope.UNTIL_OVER);
    }
    if (to == JobState.DONE) {
      over(job, spec, DueKind.RELEASE_DUE);
    }
  }

  /** A job that is gone. */
  void remove(long job, SpecRow spec, @Nullable RunRow before) {
    unplace(job, spec, before);
    forget(job, spec, before);
    if (state(spec, before) != JobState.DONE) {
      freeUnique(job, spec, UniqueScope.UNTIL_STARTED);
      freeUnique(job, spec, UniqueScope.UNTIL_OVER);
      over(job, spec, DueKind.CASCADE_DUE);
    }
    if (state(spec, before) == JobState.BLOCKED) {
      for (long after : spec.getAfterList()) {
        tables.waits.delete(new WaitKey(queue, after, "", job));
      }
      for (String after : spec.getAfterBatchesList()) {
        tables.waits.delete(new WaitKey(queue, 0, after, job));
      }
    }
  }

  /** A running job that is done and not kept. */
  void finish(long job, SpecRow spec, RunRow before) {
    unplace(job, spec, before);
    forget(job, spec, before);
    freeUnique(job, spec, UniqueScope.UNTIL_OVER);
    over(job, spec, DueKind.RELEASE_DUE);
  }

  private void forget(long job, SpecRow spec, @Nullable RunRow before) {
    tables.specs.delete(new JobKey(queue, job), spec);
    if (before != null) {
      tables.runs.delete(new JobKey(queue, job), before);
    }
  }

  private void unplace(long job, SpecRow spec, @Nullable RunRow run) {
    String key = spec.getSpec().getKey();
    switch (state(spec, run)) {
      case SCHEDULED -> {
        tables.agenda.delete(DueKey.job(queue, dueUs(spec, run), job), true);
        row.setScheduled(row.getScheduled() - 1);
      }
      case BLOCKED -> row.setBlocked(row.getBlocked() - 1);
      case READY -> {
        tables.ready.delete(readyKey(job, spec), true);
        KeyRow.Builder keyRow = key(key);
        keyRow.setReady(keyRow.getReady() - 1);
        row.setReady(row.getReady() - 1);
      }
      case RUNNING -> {
        tables.agenda.delete(DueKey.job(queue, dueUs(spec, run), job), true);
        KeyRow.Builder keyRow = key(key);
        keyRow.setRunning(keyRow.getRunning() - 1);
        row.setRunning(row.getRunning() - 1);
        if (row.getSettings().getMaxRunning() > 0) {
          leasable++;
        }
      }
      case DONE -> {
        tables.agenda.delete(DueKey.job(queue, dueUs(spec, run), job), true);
        row.setDone(row.getDone() - 1);
      }
      case DEAD -> {
        tables.agenda.delete(DueKey.job(queue, dueUs(spec, run), job), true);
        tables.dead.delete(new JobKey(queue, job), true);
        row.setDead(row.getDead() - 1);
      }
      case JOB_STATE_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a job without a state");
    }
  }

  private void place(long job, SpecRow spec, @Nullable RunRow run) {
    String key = spec.getSpec().getKey();
    switch (state(spec, run)) {
      case SCHEDULED -> {
        due(DueKey.job(queue, dueUs(spec, run), job));
        row.setScheduled(row.getScheduled() + 1);
      }
      case BLOCKED -> row.setBlocked(row.getBlocked() + 1);
      case READY -> {
        ReadyKey at = readyKey(job, spec);
        tables.ready.replace(at, null, true);
        hints.added(project, at);
        KeyRow.Builder keyRow = key(key);
        keyRow.setReady(keyRow.getReady() + 1);
        row.setReady(row.getReady() + 1);
        leasable++;
      }
      case RUNNING -> {
        due(DueKey.job(queue, dueUs(spec, run), job));
        KeyRow.Builder keyRow = key(key);
        keyRow.setRunning(keyRow.getRunning() + 1);
        row.setRunning(row.getRunning() + 1);
      }
      case DONE -> {
        due(DueKey.job(queue, dueUs(spec, run), job));
        row.setDone(row.getDone() + 1);
      }
      case DEAD -> {
        due(DueKey.job(queue, dueUs(spec, run), job));
        tables.dead.replace(new JobKey(queue, job), null, true);
        row.setDead(row.getDead() + 1);
      }
      case JOB_STATE_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a job without a state");
    }
  }

  private ReadyKey readyKey(long job, SpecRow spec) {
    return new ReadyKey(queue, spec.getSpec().getKey(), spec.getSpec().getPriority(), job);
  }

  private void freeUnique(long job, SpecRow spec, UniqueScope scope) {
    if (spec.getSpec().getUniqueKey().isEmpty() || spec.getSpec().getUniqueScope() != scope) {
      return;
    }
    NameKey at = new NameKey(queue, spec.getSpec().getUniqueKey());
    UniqueRow held = tables.unique.get(at);
    if (held != null && held.getJob() == job) {
      tables.unique.delete(at, held);
    }
  }

  // A job is over, for its batch and for whoever waits for it.
  private void over(long job, SpecRow spec, DueKind what) {
    if (row.getBlocked() > 0
        && !tables.waits.scanPrefix(JobTables.waitersOf(queue, job, ""), 1).isEmpty()) {
      due(DueKey.of(queue, nowUs, what, job, ""));
    }
    String batch = spec.getSpec().getBatch();
    if (batch.isEmpty()) {
      return;
    }
    NameKey at = new NameKey(queue, batch);
    BatchRow before = tables.batches.get(at);
    if (before != null) {
      BatchRow after = before.toBuilder().setOpen(before.getOpen() - 1).build();
      tables.batches.replace(at, before, after);
      batchChanged(batch, after);
    }
  }

  /** A batch may be complete now. */
  void batchChanged(String batch, BatchRow after) {
    if (after.getSealed() && after.getOpen() == 0) {
      due(DueKey.of(queue, nowUs, DueKind.RELEASE_DUE, 0, batch));
      due(DueKey.of(queue, nowUs + BATCH_KEPT_US, DueKind.BATCH_DUE, 0, batch));
    }
  }
}
