package io.thalweg.client.jobs.outbox;

import com.google.rpc.Code;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.client.jobs.outbox.OutboxTable.Row;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.JobsProto;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Makes a job of each row of a table in the user's own PostgreSQL, so that enqueueing is part of a
 * transaction there: rolled back, there is no job; committed, there is one.
 *
 * <pre>{@code
 * try (OutboxRelay relay = OutboxRelay.start(client, dataSource, OutboxOptions.defaults())) {
 *   awaitSignal();
 * }
 * }</pre>
 *
 * <p>Rows are locked, enqueued and deleted in one transaction. If it ends in between, they are
 * enqueued again under the same unique key, which the service knows for seven days: one job each,
 * as long as a relay comes back within that time. Rows are found by what is committed and not by a
 * watermark, so that one whose transaction committed late is not passed over. Any number of relays
 * may read a table; each passes over what others have locked.
 *
 * <p>A row that can never be a job is put aside with the reason in its column {@code error}. A
 * queue that is full is left for a while, and other queues go on. When the node or the database is
 * away the relay tries again, with pauses of up to 5 s.
 *
 * <p>Thread-safe. Holds one connection of the database and at most 1,000 rows or 2 MiB of them.
 */
public final class OutboxRelay implements AutoCloseable {
  private static final int MOST_BYTES = 2 << 20;
  private static final long FIRST_PAUSE_MS = 50;
  private static final long MAX_PAUSE_MS = 5_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration QUEUE_PAUSE = Duration.ofSeconds(1);
  // Beyond that the whole table waits for the first of them.
  private static final int MAX_HELD = 1_000;

  // What no other attempt would change.
  private static final Set<Code> FOR_GOOD =
      Set.of(
          Code.INVALID_ARGUMENT,
          Code.FAILED_PRECONDITION,
          Code.NOT_FOUND,
          Code.ALREADY_EXISTS,
          Code.OUT_OF_RANGE);

  // The unique keys are what makes it safe to send it again.
  private static final ServiceMethod<EnqueueManyRequest, EnqueueManyResponse> ENQUEUE =
      ServiceMethod.of(
              JobsProto.getDescriptor().findServiceByName("Jobs"),
              "EnqueueMany",
              EnqueueManyRequest.getDefaultInstance(),
              EnqueueManyResponse.getDefaultInstance())
          .sentOnce();

  private final ThalwegClient client;
  private final DataSource database;
  private final OutboxOptions options;
  private final OutboxTable table;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicLong relayed = new AtomicLong();
  private final AtomicLong again = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Map<String, Long> heldUntilNs = new HashMap<>();
  private final Thread thread = Thread.ofVirtual().name("outbox").unstarted(this::run);

  private OutboxRelay(ThalwegClient client, DataSource database, OutboxOptions options) {
    this.client = client;
    this.database = database;
    this.options = options;
    this.table = options.table();
  }

  /**
   * Starts to relay.
   *
   * @param database gives connections to the database of the table, of a user who may select,
   *     update and delete there
   */
  public static OutboxRelay start(
      ThalwegClient client, DataSource database, OutboxOptions options) {
    OutboxRelay relay = new OutboxRelay(client, database, options);
    relay.thread.start();
    return relay;
  }

  /** What it has done until now. */
  public OutboxFigures figures() {
    return new OutboxFigures(relayed.get(), again.get(), refused.get(), failures.get());
  }

  /**
   * Ends the round that is on its way, and stops; a round that has not ended after 30 s is given
   * up. Rows that are left stay.
   */
  @Override
  public void close() {
    closed.countDown();
    try {
      if (!thread.join(PATIENCE)) {
        thread.interrupt();
        thread.join();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void run() {
    long pauseMs = FIRST_PAUSE_MS;
    try {
      while (!isClosed()) {
        try (Connection connection = database.getConnection()) {
          connection.setAutoCommit(false);
          while (!isClosed()) {
            if (round(connection) == 0) {
              pause(options.poll().toMillis());
            }
            pauseMs = FIRST_PAUSE_MS;
          }
        } catch (SQLException | ThalwegException away) {
          // The connection is closed, and what it held is rolled back.
          failures.incrementAndGet();
          options.problems().accept(String.valueOf(away.getMessage()));
          pause(pauseMs);
          pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
        }
      }
    } catch (InterruptedException givenUp) {
      // The caller of close does not wait any more.
    }
  }

  private void pause(long ms) throws InterruptedException {
    var _ = closed.await(ms, TimeUnit.MILLISECONDS);
  }

  // ---------------------------------------------------------------- rounds

  /** What one transaction has come to. */
  private static final class Round {
    final List<Row> jobs = new ArrayList<>();
    final Map<Row, String> refused = new LinkedHashMap<>();
    int again;
  }

  /** One transaction; how many rows were dealt with. */
  private int round(Connection connection) throws SQLException {
    long nowNs = System.nanoTime();
    heldUntilNs.values().removeIf(untilNs -> untilNs - nowNs <= 0);
    if (heldUntilNs.size() >= MAX_HELD) {
      return 0;
    }
    List<Row> rows = table.take(connection, heldUntilNs.keySet(), options.most(), MOST_BYTES);
    Map<String, List<Row>> byQueue = new LinkedHashMap<>();
    rows.forEach(row -> byQueue.computeIfAbsent(row.queue(), q -> new ArrayList<>()).add(row));
    Round round = new Round();
    byQueue.forEach((queue, ofQueue) -> enqueue(queue, ofQueue, round));
    if (!round.jobs.isEmpty()) {
      table.delete(connection, round.jobs);
    }
    for (Map.Entry<Row, String> refusal : round.refused.entrySet()) {
      table.refuse(connection, refusal.getKey(), refusal.getValue());
    }
    connection.commit();
    relayed.addAndGet(round.jobs.size());
    again.addAndGet(round.again);
    refused.addAndGet(round.refused.size());
    round.refused.forEach((row, why) -> options.problems().accept("row " + row.id() + ": " + why));
    return round.jobs.size() + round.refused.size();
  }

  private void enqueue(String queue, List<Row> rows, Round round) {
    if (heldUntilNs.containsKey(queue)) {
      return;
    }
    EnqueueManyRequest.Builder request = EnqueueManyRequest.newBuilder().setQueue(queue);
    rows.forEach(row -> request.addJobs(row.job()));
    try {
      EnqueueManyResponse response = client.call(ENQUEUE, request.build()).await();
      round.jobs.addAll(rows);
      round.again +=
          (int) response.getJobsList().stream().filter(EnqueueResponse::getDuplicate).count();
    } catch (ThalwegException e) {
      if (e.code() == Code.RESOURCE_EXHAUSTED) {
        hold(queue, e);
      } else if (!FOR_GOOD.contains(e.code())) {
        throw e;
      } else if (rows.size() == 1) {
        round.refused.put(rows.getFirst(), e.code() + ": " + e.reason());
      } else {
        // All or none: which ones it is about shows when they go by halves.
        enqueue(queue, rows.subList(0, rows.size() / 2), round);
        enqueue(queue, rows.subList(rows.size() / 2, rows.size()), round);
      }
    }
  }

  private void hold(String queue, ThalwegException full) {
    Duration pause = full.retryDelay().orElse(QUEUE_PAUSE);
    heldUntilNs.put(queue, System.nanoTime() + pause.toNanos());
    options.problems().accept("queue " + queue + ": " + full.reason());
  }
}
