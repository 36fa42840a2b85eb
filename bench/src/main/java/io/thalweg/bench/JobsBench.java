package io.thalweg.bench;

import io.thalweg.client.ThalwegClient;
import io.thalweg.jobs.v1.JobSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 * Job queues beside graphile-worker on PostgreSQL and BullMQ on Redis, one server after the other,
 * on core 0, load and workers on core 1: no-op jobs from the first enqueue to the last one done,
 * one a call and in batches; from enqueue to start when idle; and how long a tenant with 100 jobs
 * waits behind one with many. The peers run by {@code bench/jobs/peers.mjs}.
 *
 * <p>Arguments: the thalweg command, directory, jobs, jobs of the big tenant, the peers' script,
 * node; and {@code name=url} of each peer that runs already.
 */
public final class JobsBench {
  private static final int SERVER_CORE = 0;
  private static final int LATENCY_JOBS = 200;
  private static final int SMALL_JOBS = 100;
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
      String[] peer = args[i].split("=", 2);
      bench.peer(peer[0], false, peer[1], jobs, big, args[4], args[5]);
      bench.peer(peer[0], true, peer[1], jobs, big, args[4], args[5]);
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
      for (boolean batched : new boolean[] {false, true}) {
        rate(client, batched, batched ? 10 * jobs : jobs / 2, "warm");
        double perSecond = rate(client, batched, batched ? 10 * jobs : jobs, "noop");
        double[] idle = batched ? new double[] {0} : latency(client);
        table.row(
            "Thalweg, forced",
            batched ? "batched" : "single",
            TextTable.whole(perSecond),
            batched ? "" : ms(JobsLoad.quantile(idle, 0.5)),
            batched ? "" : ms(JobsLoad.quantile(idle, 0.99)),
            batched ? ms(small(client, big)) : "");
      }
    }
  }

  private static boolean isReady(ThalwegClient client) {
    try {
      return client.ready().await();
    } catch (RuntimeException notYet) {
      return false;
    }
  }

  private static double rate(ThalwegClient client, boolean batched, int jobs, String name)
      throws InterruptedException {
    JobsLoad load = new JobsLoad(client, name + (batched ? "-batched" : ""));
    AtomicLong done = new AtomicLong();
    List<Thread> workers = load.work(batched, job -> done.incrementAndGet());
    long beganNs = System.nanoTime();
    load.produce(NOOP, jobs, batched);
    await(done, jobs);
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    stop(workers);
    return jobs / seconds;
  }

  /** From the call that enqueues to the worker's having the job, one job at a time. */
  private static double[] latency(ThalwegClient client) throws InterruptedException {
    JobsLoad load = new JobsLoad(client, "latency");
    AtomicLong done = new AtomicLong();
    AtomicLong startedNs = new AtomicLong();
    List<Thread> workers =
        load.work(
            false,
            job -> {
              startedNs.set(System.nanoTime());
              done.incrementAndGet();
            });
    double[] waits = new double[LATENCY_JOBS];
    for (int i = 0; i < LATENCY_JOBS; i++) {
      long beganNs = System.nanoTime();
      load.enqueue(NOOP);
      await(done, i + 1);
      waits[i] = (startedNs.get() - beganNs) / 1e6;
      Thread.sleep(5);
    }
    stop(workers);
    return waits;
  }

  /** The 99th percentile of how long the jobs of a small tenant wait behind a big one's. */
  private static double small(ThalwegClient client, int big) throws InterruptedException {
    JobsLoad load = new JobsLoad(client, "tenants");
    Queue<Double> waits = new ConcurrentLinkedQueue<>();
    AtomicLong small = new AtomicLong();
    AtomicLong beganNs = new AtomicLong();
    List<Thread> workers =
        load.work(
            true,
            job -> {
              if (job.getSpec().getKey().equals("small")) {
                waits.add((System.nanoTime() - beganNs.get()) / 1e6);
                small.incrementAndGet();
              }
            });
    load.enqueueMany(NOOP.toBuilder().setKey("big").build(), big);
    beganNs.set(System.nanoTime());
    load.enqueueMany(NOOP.toBuilder().setKey("small").build(), SMALL_JOBS);
    await(small, SMALL_JOBS);
    stop(workers);
    return JobsLoad.quantile(waits.stream().mapToDouble(ms -> ms).toArray(), 0.99);
  }

  private static void await(AtomicLong count, long wanted) throws InterruptedException {
    while (count.get() < wanted) {
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }

  private static void stop(List<Thread> workers) throws InterruptedException {
    workers.forEach(Thread::interrupt);
    for (Thread worker : workers) {
      worker.join();
    }
  }

  private void peer(
      String name, boolean batched, String url, int jobs, int big, String script, String node)
      throws IOException, InterruptedException {
    String kind = name.startsWith("graphile") ? "graphile" : "bullmq";
    Process process =
        new ProcessBuilder(
                node,
                script,
                batched ? kind + "-batched" : kind,
                url,
                Integer.toString(batched ? 4 * jobs : jobs),
                Integer.toString(big))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(name + " failed: " + out);
    }
    table.row(
        name,
        batched ? "batched" : "single",
        TextTable.whole(number(out, "rate", "perSecond")),
        batched ? "" : ms(number(out, "latency", "p50")),
        batched ? "" : ms(number(out, "latency", "p99")),
        batched ? ms(number(out, "small", "p99")) : "");
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
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
