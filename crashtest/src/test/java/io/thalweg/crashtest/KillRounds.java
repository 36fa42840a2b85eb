package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Rounds over one data directory: a node is started, everything is checked, it is loaded and
 * killed. A round's seed says what is written and when the node is killed; what the machine makes
 * of it is not in a seed's hands.
 */
final class KillRounds {
  private static final int VERIFY_EVERY = 20;
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);

  private final long seed;
  private final Path folder;
  private final Path data;
  private final Map<Moment, Integer> kills = new EnumMap<>(Moment.class);
  private final Map<Moment, Integer> missed = new EnumMap<>(Moment.class);
  private final List<String> config;
  private long readyAfterMs = 1000;
  private int verified;

  /**
   * Rounds that begin with an empty directory.
   *
   * @param folder for data, and for what the nodes say
   * @param seed of the first round; each has the seed after that of the one before
   */
  KillRounds(Path folder, long seed) {
    this(folder, seed, List.of());
  }

  /**
   * As {@link #KillRounds(Path, long)}, of nodes whose log is elsewhere: what can be verified in
   * the directory alone is not.
   *
   * @param config lines for the configuration file
   */
  KillRounds(Path folder, long seed, List<String> config) {
    this.config = config;
    this.seed = seed;
    this.folder = folder;
    this.data = folder.resolve("data");
  }

  /**
   * What happened.
   *
   * @param writes that were acknowledged
   * @param killsAt by the moment
   * @param missed kills that were aimed at something which did not happen in time
   * @param verified how often the whole directory was verified
   * @param events that watchers saw
   * @param resumes how often watchers came back
   */
  record Summary(
      long writes,
      Map<Moment, Integer> killsAt,
      Map<Moment, Integer> missed,
      int verified,
      long events,
      long resumes) {
    static final Summary NONE = new Summary(0, Map.of(), Map.of(), 0, 0, 0);

    int kills() {
      return killsAt.values().stream().mapToInt(Integer::intValue).sum();
    }

    Summary plus(Summary more) {
      return new Summary(
          writes + more.writes,
          sum(killsAt, more.killsAt),
          sum(missed, more.missed),
          verified + more.verified,
          events + more.events,
          resumes + more.resumes);
    }

    private static Map<Moment, Integer> sum(Map<Moment, Integer> a, Map<Moment, Integer> b) {
      Map<Moment, Integer> sum = new EnumMap<>(Moment.class);
      sum.putAll(a);
      b.forEach((moment, count) -> sum.merge(moment, count, Integer::sum));
      return sum;
    }
  }

  /**
   * Runs them.
   *
   * @throws RoundFailed if an invariant is broken, or a node does not start, with the way to run
   *     the rounds again
   */
  Summary run(int rounds) throws IOException, InterruptedException {
    Folder.fresh(folder);
    if (!config.isEmpty()) {
      NodeProcess.configure(folder, config);
    }
    try (Workload workload = new Workload(seed, ANSWER_LIMIT)) {
      for (int round = 0; round < rounds; round++) {
        RandomGenerator random =
            RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed + round);
        Moment moment = Moment.draw(random);
        try {
          round(workload, moment, random);
          if (round % VERIFY_EVERY == VERIFY_EVERY - 1) {
            verify();
          }
        } catch (IOException | RuntimeException | AssertionError e) {
          throw failed(round, moment, e);
        }
      }
      try {
        end(workload);
      } catch (IOException | RuntimeException | AssertionError e) {
        throw failed(rounds - 1, Moment.ANY, e);
      }
      return new Summary(
          workload.writes(), kills, missed, verified, workload.watchedEvents(), workload.resumes());
    }
  }

  private RoundFailed failed(int round, Moment moment, Throwable cause) {
    return new RoundFailed(
        """
        seed %d, round %d (killed at: %s): %s
        The data directory is kept in %s
        Again: mvn -pl crashtest -am verify -Dsurefire.failIfNoSpecifiedTests=false \
        -Dtest=KillRoundsTest -Dcrash.seed=%d -Dcrash.rounds=%d
        A seed says what is written and when to kill; timing is the machine's, so one run may miss it.\
        """
            .formatted(seed, round, moment, cause.getMessage(), data, seed, round + 1),
        cause);
  }

  private void round(Workload workload, Moment moment, RandomGenerator random)
      throws IOException, InterruptedException {
    if (moment.isInStart()) {
      try (NodeProcess node = NodeProcess.launch(folder, data)) {
        boolean met = moment.awaitInStart(data, random, readyAfterMs);
        kill(node, moment, met);
      }
    }
    long startedNs = System.nanoTime();
    NodeProcess.Started started = NodeProcess.up(folder, data);
    readyAfterMs = Math.max(1, (System.nanoTime() - startedNs) / 1_000_000);
    try (NodeProcess node = started.node()) {
      check(workload, started.url());
      workload.start(started.url());
      boolean met = moment.await(node, workload, data, random);
      kill(node, moment.isInStart() ? Moment.ANY : moment, met);
      workload.nodeIsGone();
      workload.stop();
    }
  }

  private void kill(NodeProcess node, Moment moment, boolean met) throws InterruptedException {
    node.kill();
    kills.merge(moment, 1, Integer::sum);
    if (!met) {
      missed.merge(moment, 1, Integer::sum);
    }
  }

  private static void check(Workload workload, String url)
      throws IOException, InterruptedException {
    List<String> violations = workload.check(url);
    if (!violations.isEmpty()) {
      throw new AssertionError(String.join("\n", violations));
    }
  }

  private void verify() throws IOException, InterruptedException {
    if (!config.isEmpty()) {
      return;
    }
    NodeProcess.Result result = NodeProcess.run(folder, "verify", "--data", data.toString());
    if (result.exitCode() != 0 || !result.out().contains("All is well.")) {
      throw new AssertionError("verify: " + result);
    }
    verified++;
  }

  private void end(Workload workload) throws IOException, InterruptedException {
    NodeProcess.Started started = NodeProcess.up(folder, data);
    try (NodeProcess node = started.node()) {
      check(workload, started.url());
      workload.nodeIsGone();
      node.beginToStop();
      int exitCode = node.awaitEnd();
      if (exitCode != 0) {
        throw new AssertionError("SIGTERM, and it exited with " + exitCode + ": " + node.err());
      }
    }
    verify();
  }
}
