package io.thalweg.bench;

import io.thalweg.bench.JobsLoad.Way;
import io.thalweg.client.ThalwegClient;
import io.thalweg.jobs.v1.JobSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Job queues beside graphile-worker, pg-boss and db-scheduler on PostgreSQL and BullMQ on Redis,
 * one server after the other, on core 0, load and workers on core 1: no-op jobs from the first
 * enqueue to the last one done, one a call and in batches; from enqueue to start when idle; and how
 * long a tenant with 100 jobs waits behind one with many. The peers of Node.js run by {@code
 * bench/jobs/peers.mjs}, db-scheduler by {@link DbSchedulerPeer}.
 *
 * <p>Arguments: the thalweg command, directory, jobs, jobs of the big tenant, the peers' script,
 * node; and {@code name=kind=url} of each peer that runs already. A peer that takes longer than
 * {@value #PEER_LIMIT_S} s for its jobs is ended, and what it had not done is shown as a dash.
 */
public final class JobsBench {
  private static final int SERVER_CORE = 0;
  private static final int LATENCY_JOBS = 200;
  private static final int SMALL_JOBS = 100;
  private static final int WARM_JOBS = 3_000;
  private static final long PEER_LIMIT_S = 75;
  private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\":([0-9.]+)");
  private static final JobSpec NOOP = JobSpec.newBuilder().setType("noop").build();

  private final TextTable table =
      new TextTable("server", "calls", "jobs/s", "start p50 ms", "p99 ms", "small tenant p99 ms");

  private JobsBench() {}

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Machine.print(Path.of(args[1]));
    JobsBench bench = new JobsBench();
    int jobs = Integer.parseInt(args[2]);
    int big = Integer.parseInt(args[3]);
    bench.thalweg(args[0], Path.of(args[1]), jobs, big);
    for (int i = 6; i < args.length; i++) {
      String[] peer = args[i].split("=", 3);
      for (boolean batched : new boolean[] {false, true}) {
        List<String> words = new ArrayList<>();
        if (peer[1].equals("db-scheduler")) {
          words.addAll(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  DbSchedulerPeer.class.getName()));
        } else {
          words.addAll(List.of(args[5], args[4]));
        }
        words.add(batched ? peer[1] + "-batched" : peer[1]);
        words.add(peer[2]);
        words.add(Integer.toString(batched ? 4 * jobs : jobs));
        words.add(Integer.toString(big));
        bench.peer(peer[0], batched, words, Path.of(args[1]));
      }
    }
    bench.table.print();
  }

  private void thalweg(String command, Path directory, int jobs, int big) throws Exception {
    int port = ServedProcess.freePort();
    List<String> words = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
    words.addAll(List.of("up", "--port", Integer.toString(port)));
    words.addAll(List.of("--data", directory.resolve("thalweg-jobs").toString()));
    try (ServedProcess _ =
            ServedProcess.start(
                words, Map.of(), SERVER_CORE, port, directory.resolve("thalweg.output"));
        ThalwegClient client =
            ThalwegClient.at("http://127.0.0.1:" + port).timeout(Duration.ofMinutes(2)).open()) {
      while (!isReady(client)) {
        Thread.sleep(50);
      }
      for (Way way : Way.values()) {
        boolean batched = way == Way.BATCHED;
        int many = batched ? 4 * jobs : jobs;
        rate(client, way, batched ? 4 * WARM_JOBS : WARM_JOBS, "warm");
        double perSecond = rate(client, way, many, "noop");
        double[] idle = way == Way.SINGLE ? latency(client) : new double[] {Double.NaN};
        row(
            "Thalweg, forced",
            switch (way) {
              case CALLS -> "a request for each step";
              case SINGLE -> "single";
              case BATCHED -> "batched";
            },
            perSecond,
            JobsLoad.quantile(idle, 0.5),
            JobsLoad.quantile(idle, 0.99),
            batched ? small(client, big) : Double.NaN);
      }
    }
  }

  private void row(
      String server, String calls, double perSecond, double p50, double p99, double small) {
    String[] cells = {
      server,
      calls,
      Double.isNaN(perSecond) ? "-" : TextTable.whole(perSecond),
      ms(p50),
      ms(p99),
      ms(small)
    };
    System.out.println(String.join("; ", cells));
    table.row(cells);
  }

  private static boolean isReady(ThalwegClient client) {
    try {
      return client.ready().await();
    } catch (RuntimeException notYet) {
      return false;
    }
  }

  private static double rate(ThalwegClient client, Way way, int jobs, String name)
      throws Exception {
    JobsLoad load = new JobsLoad(client, name + "-" + way);
    AtomicLong done = new AtomicLong();
    try (AutoCloseable _ = load.work(way, job -> done.incrementAndGet())) {
      long beganNs = System.nanoTime();
      load.produce(NOOP, jobs, way);
      await(done, jobs);
      return jobs * 1e9 / (System.nanoTime() - beganNs);
    }
  }

  /** From the call that enqueues to the worker's having the job, one job at a time. */
  private static double[] latency(ThalwegClient client) throws Exception {
    JobsLoad load = new JobsLoad(client, "latency");
    AtomicLong done = new AtomicLong();
    AtomicLong startedNs = new AtomicLong();
    double[] waits = new double[LATENCY_JOBS];
    try (AutoCloseable _ =
        load.work(
            Way.SINGLE,
            job -> {
              startedNs.set(System.nanoTime());
              done.incrementAndGet();
            })) {
      for (int i = 0; i < LATENCY_JOBS; i++) {
        long beganNs = System.nanoTime();
        load.enqueue(NOOP);
        await(done, i + 1);
        waits[i] = (startedNs.get() - beganNs) / 1e6;
        Thread.sleep(5);
      }
    }
    return waits;
  }

  /** The 99th percentile of how long the jobs of a small tenant wait behind a big one's. */
  private static double small(ThalwegClient client, int big) throws Exception {
    JobsLoad load = new JobsLoad(client, "tenants");
    Queue<Double> waits = new ConcurrentLinkedQueue<>();
    AtomicLong small = new AtomicLong();
    AtomicLong beganNs = new AtomicLong();
    try (AutoCloseable _ =
        load.work(
            Way.BATCHED,
            job -> {
              if (job.getKey().equals("small")) {
                waits.add((System.nanoTime() - beganNs.get()) / 1e6);
                small.incrementAndGet();
              }
            })) {
      load.enqueueMany(NOOP.toBuilder().setKey("big").build(), big);
      beganNs.set(System.nanoTime());
      load.enqueueMany(NOOP.toBuilder().setKey("small").build(), SMALL_JOBS);
      await(small, SMALL_JOBS);
    }
    return JobsLoad.quantile(waits.stream().mapToDouble(ms -> ms).toArray(), 0.99);
  }

  private static void await(AtomicLong count, long wanted) throws InterruptedException {
    while (count.get() < wanted) {
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }

  private void peer(String name, boolean batched, List<String> words, Path directory)
      throws IOException, InterruptedException {
    Path output = directory.resolve("peer.output");
    Process process =
        new ProcessBuilder(words)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PEER_LIMIT_S, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    } else if (process.exitValue() != 0) {
      System.err.println(name + " failed: " + Files.readString(output));
    }
    String out = Files.readString(output);
    row(
        name,
        batched ? "batched" : "single",
        number(out, "rate", "perSecond"),
        number(out, "latency", "p50"),
        number(out, "latency", "p99"),
        number(out, "small", "p99"));
  }

  private static double number(String out, String scenario, String field) {
    for (String line : out.lines().toList()) {
      if (line.contains("\"" + scenario + "\"")) {
        Matcher numbers = NUMBER.matcher(line);
        while (numbers.find()) {
          if (numbers.group(1).equals(field)) {
            return Double.parseDouble(numbers.group(2));
          }
        }
      }
    }
    return Double.NaN;
  }

  private static String ms(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f", value);
  }
}
