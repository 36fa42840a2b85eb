package io.thalweg.bench;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The scenarios of the jobs bench with db-scheduler, in a process of its own; prints one JSON line
 * for each, as {@code bench/jobs/peers.mjs} does for the others. It polls by lock and fetch, the
 * faster of its two ways, and is told of what it has scheduled itself.
 *
 * <p>Arguments: {@code db-scheduler} or {@code db-scheduler-batched}, JDBC URL, jobs, jobs of the
 * big tenant.
 */
public final class DbSchedulerPeer {
  private static final int CLIENTS = 50;
  private static final int BATCH = 1_000;
  private static final int WARM_JOBS = 500;
  private static final int LATENCY_JOBS = 200;
  private static final int SMALL_JOBS = 100;

  private static final String SCHEMA =
      """
      drop table if exists scheduled_tasks;
      create table scheduled_tasks (
        task_name text not null,
        task_instance text not null,
        task_data bytea,
        execution_time timestamp with time zone not null,
        picked boolean not null,
        picked_by text,
        last_success timestamp with time zone,
        last_failure timestamp with time zone,
        consecutive_failures int,
        last_heartbeat timestamp with time zone,
        version bigint not null,
        priority smallint,
        primary key (task_name, task_instance));
      create index execution_time_idx on scheduled_tasks (execution_time);
      create index last_heartbeat_idx on scheduled_tasks (last_heartbeat);
      """;

  private final AtomicInteger ids = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final Queue<Wait> waits = new ConcurrentLinkedQueue<>();
  private final OneTimeTask<String> task =
      Tasks.oneTime("noop", String.class).execute((instance, context) -> ran(instance.getData()));
  private final boolean batched;
  private final Scheduler scheduler;

  private record Wait(String tenant, double ms) {}

  private DbSchedulerPeer(HikariDataSource source, boolean batched) {
    this.batched = batched;
    SchedulerBuilder builder =
        Scheduler.create(source, task)
            .threads(CLIENTS)
            .pollingInterval(Duration.ofMillis(100))
            .enableImmediateExecution();
    scheduler =
        (batched ? builder.pollUsingLockAndFetch(1, 10) : builder.pollUsingLockAndFetch(0.5, 1))
            .build();
  }

  /** Runs the scenarios, and ends the process. */
  public static void main(String[] args) throws Exception {
    int jobs = Integer.parseInt(args[2]);
    try (HikariDataSource source = new HikariDataSource()) {
      source.setJdbcUrl(args[1]);
      source.setMaximumPoolSize(CLIENTS + 10);
      create(source);
      new DbSchedulerPeer(source, args[0].endsWith("-batched"))
          .run(jobs, Integer.parseInt(args[3]));
    }
    System.exit(0);
  }

  private static void create(HikariDataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(SCHEMA);
    }
  }

  private void run(int jobs, int big) throws InterruptedException {
    scheduler.start();
    produce(WARM_JOBS);
    await(WARM_JOBS);
    done.set(0);
    long beganNs = System.nanoTime();
    produce(jobs);
    await(jobs);
    say("rate", "perSecond", jobs * 1e9 / (System.nanoTime() - beganNs));
    if (!batched) {
      done.set(0);
      for (int i = 0; i < LATENCY_JOBS; i++) {
        scheduler.schedule(instance("idle"), Instant.now());
        await(i + 1);
        Thread.sleep(5);
      }
      say("latency", "p50", quantile("idle", 0.5));
      say("latency", "p99", quantile("idle", 0.99));
    } else {
      many("big", big);
      many("small", SMALL_JOBS);
      while (waits.stream().filter(wait -> wait.tenant().equals("small")).count() < SMALL_JOBS) {
        Thread.sleep(20);
      }
      say("small", "p99", quantile("small", 0.99));
    }
  }

  private void ran(String data) {
    if (!data.isEmpty()) {
      String[] at = data.split(" ", -1);
      // The big tenant's jobs are many, and nobody asks for their waits.
      if (!at[0].equals("big")) {
        waits.add(new Wait(at[0], (System.nanoTime() - Long.parseLong(at[1])) / 1e6));
      }
    }
    done.incrementAndGet();
  }

  private TaskInstance<String> instance(String tenant) {
    return task.instance(
        Integer.toString(ids.incrementAndGet()),
        tenant.isEmpty() ? "" : tenant + " " + System.nanoTime());
  }

  private void produce(int count) throws InterruptedException {
    if (batched) {
      many("", count);
      return;
    }
    AtomicInteger left = new AtomicInteger(count);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                while (left.getAndDecrement() > 0) {
                  scheduler.schedule(instance(""), Instant.now());
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void many(String tenant, int count) {
    for (int sent = 0; sent < count; sent += BATCH) {
      List<TaskInstance<?>> some = new ArrayList<>();
      for (int i = 0; i < Math.min(BATCH, count - sent); i++) {
        some.add(instance(tenant));
      }
      scheduler.scheduleBatch(some, Instant.now());
    }
  }

  private void await(int wanted) throws InterruptedException {
    while (done.get() < wanted) {
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }

  private double quantile(String tenant, double q) {
    double[] ms =
        waits.stream().filter(wait -> wait.tenant().equals(tenant)).mapToDouble(Wait::ms).toArray();
    Arrays.sort(ms);
    return ms[Math.min(ms.length - 1, (int) (q * ms.length))];
  }

  private static void say(String scenario, String what, double value) {
    System.out.printf(Locale.ROOT, "{\"scenario\":\"%s\",\"%s\":%.3f}%n", scenario, what, value);
  }
}
