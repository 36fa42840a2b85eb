package io.thalweg.jobs;

import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.DueKind;
import io.thalweg.jobs.v1.KeyRow;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.ScheduleRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.jobs.v1.UniqueRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.MessageRows;
import io.thalweg.runtime.Quotas;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import io.thalweg.state.ValueCodecs;

/**
 * How queues are stored. All keys begin with the name of the queue.
 *
 * <pre>
 *   queues     queue                               -> QueueRow   settings, counts, turn, timer
 *   specs      queue, job                          -> SpecRow    what is to be done; never changes
 *   runs       queue, job                          -> RunRow     what became of it; a job that is as
 *                                                                it was enqueued has none
 *   ready      queue, key, priority desc., job     -> nothing    the order within a key
 *   turns      queue, turn, key                    -> nothing    the order between keys
 *   keys       queue, key                          -> KeyRow     counts, turn, rate
 *   agenda     queue, time, kind, job, name        -> nothing    what happens by itself, and when
 *   unique     queue, unique key                   -> UniqueRow
 *   dead       queue, job                          -> nothing
 *   waits      queue, job or 0, batch, waiting job -> nothing    who waits for what
 *   batches    queue, batch                        -> BatchRow
 *   schedules  queue, schedule                     -> ScheduleRow
 * </pre>
 */
final class JobTables {
  /** Number of the table of guards, see {@link Guards}. */
  static final int GUARDS = 13;

  private static final byte FORMAT = 1;
  private static final ValueCodec<Boolean> NOTHING =
      ValueCodecs.of(
          value -> new byte[] {FORMAT},
          bytes -> {
            if (bytes.length != 1 || bytes[0] != FORMAT) {
              throw new IllegalArgumentException("stored place: expected format " + FORMAT);
            }
            return true;
          });

  final Table<String, QueueRow> queues;
  final Table<JobKey, SpecRow> specs;
  final Table<JobKey, RunRow> runs;
  final Table<ReadyKey, Boolean> ready;
  final Table<TurnKey, Boolean> turns;
  final Table<NameKey, KeyRow> keys;
  final Table<DueKey, Boolean> agenda;
  final Table<NameKey, UniqueRow> unique;
  final Table<JobKey, Boolean> dead;
  final Table<WaitKey, Boolean> waits;
  final Table<NameKey, BatchRow> batches;
  final Table<NameKey, ScheduleRow> schedules;

  /** What projects have, and may have. */
  final ProjectQuotas quotas;

  JobTables(Definition d, Quotas most) {
    quotas = new ProjectQuotas(most);
    KeyCodec<JobKey> jobKeys =
        KeyCodecs.of(
            (key, out) -> out.string(key.queue()).int64(key.job()),
            in -> new JobKey(in.string(), in.int64()));
    KeyCodec<NameKey> nameKeys =
        KeyCodecs.of(
            (key, out) -> out.string(key.queue()).string(key.name()),
            in -> new NameKey(in.string(), in.string()));
    queues =
        d.table(
            1,
            "queues",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, QueueRow.getDefaultInstance()),
            quotas);
    specs = d.table(2, "specs", jobKeys, MessageRows.codec(FORMAT, SpecRow.getDefaultInstance()));
    runs = d.table(3, "runs", jobKeys, MessageRows.codec(FORMAT, RunRow.getDefaultInstance()));
    ready =
        d.table(
            4,
            "ready",
            KeyCodecs.of(
                (key, out) ->
                    out.string(key.queue())
                        .string(key.key())
                        .int32Descending(key.priority())
                        .int64(key.job()),
                in -> new ReadyKey(in.string(), in.string(), in.int32Descending(), in.int64())),
            NOTHING);
    turns =
        d.table(
            5,
            "turns",
            KeyCodecs.of(
                (key, out) -> out.string(key.queue()).int64(key.turn()).string(key.key()),
                in -> new TurnKey(in.string(), in.int64(), in.string())),
            NOTHING);
    keys = d.table(6, "keys", nameKeys, MessageRows.codec(FORMAT, KeyRow.getDefaultInstance()));
    agenda =
        d.table(
            7,
            "agenda",
            KeyCodecs.of(
                (key, out) ->
                    out.string(key.queue())
                        .int64(key.timeUs())
                        .int32(key.kind())
                        .int64(key.job())
                        .string(key.name()),
                in -> new DueKey(in.string(), in.int64(), in.int32(), in.int64(), in.string())),
            NOTHING);
    unique =
        d.table(8, "unique", nameKeys, MessageRows.codec(FORMAT, UniqueRow.getDefaultInstance()));
    dead = d.table(9, "dead", jobKeys, NOTHING);
    waits =
        d.table(
            10,
            "waits",
            KeyCodecs.of(
                (key, out) ->
                    out.string(key.queue())
                        .int64(key.job())
                        .string(key.batch())
                        .int64(key.waiting()),
                in -> new WaitKey(in.string(), in.int64(), in.string(), in.int64())),
            NOTHING);
    batches =
        d.table(11, "batches", nameKeys, MessageRows.codec(FORMAT, BatchRow.getDefaultInstance()));
    schedules =
        d.table(
            12, "schedules", nameKeys, MessageRows.codec(FORMAT, ScheduleRow.getDefaultInstance()));
  }

  /** A job of a queue. */
  record JobKey(String queue, long job) {}

  /** Something with a name in a queue. */
  record NameKey(String queue, String name) {}

  /** A place in the order within a key. */
  record ReadyKey(String queue, String key, int priority, long job) {}

  /** A key's place in the order of turns. */
  record TurnKey(String queue, long turn, String key) {}

  /**
   * Something that happens by itself.
   *
   * @param kind number of a {@link DueKind}
   * @param job 0 unless it is of a job
   * @param name empty unless it is of something with a name
   */
  record DueKey(String queue, long timeUs, int kind, long job, String name) {
    static DueKey of(String queue, long timeUs, DueKind kind, long job, String name) {
      return new DueKey(queue, timeUs, kind.getNumber(), job, name);
    }

    static DueKey job(String queue, long timeUs, long job) {
      return of(queue, timeUs, DueKind.JOB_DUE, job, "");
    }

    static DueKey from(String queue, long timeUs) {
      return new DueKey(queue, timeUs, 0, 0, "");
    }
  }

  /**
   * Who waits for what.
   *
   * @param job that is waited for; 0: the batch is
   */
  record WaitKey(String queue, long job, String batch, long waiting) {}

  /** All who wait for a job or a batch. */
  static KeyPrefix waitersOf(String queue, long job, String batch) {
    return KeyPrefix.of(out -> out.string(queue).int64(job).string(batch));
  }

  static KeyPrefix ofQueue(String queue) {
    return KeyPrefix.of(out -> out.string(queue));
  }

  /** Deletes all of a queue: a tombstone for each table, however many jobs it has. */
  void deleteQueue(String queue) {
    KeyPrefix all = ofQueue(queue);
    specs.deletePrefix(all);
    runs.deletePrefix(all);
    ready.deletePrefix(all);
    turns.deletePrefix(all);
    keys.deletePrefix(all);
    agenda.deletePrefix(all);
    unique.deletePrefix(all);
    dead.deletePrefix(all);
    waits.deletePrefix(all);
    batches.deletePrefix(all);
    schedules.deletePrefix(all);
    queues.delete(queue);
  }
}
