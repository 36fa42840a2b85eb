package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Rounds over one cluster: it is loaded, a fault befalls a leader, the load goes on and comes to
 * rest, and everything is checked. The seed says what is written; the machine says when.
 */
final class ClusterRounds {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
  private static final Duration PROGRESS_LIMIT = Duration.ofMinutes(2);
  private static final int READERS = 3;
  private static final int WRITES_BEFORE = 50;
  private static final int WRITES_AFTER = 200;
  private static final int PARTITIONS = 2;

  private final Path folder;
  private final long seed;
  private final ClusterFault.Pause pause;

  /**
   * Rounds with a cluster of their own.
   *
   * @param folder for its files, and for what its nodes say
   */
  ClusterRounds(Path folder, long seed, ClusterFault.Pause pause) {
    this.folder = folder;
    this.seed = seed;
    this.pause = pause;
  }

  /**
   * What happened.
   *
   * @param writes that were acknowledged
   * @param reads that were answered
   * @param sides messages to several boards, and as many delayed jobs
   * @param events that watchers saw
   * @param pairs of replicas whose tables were found equal at the same offset
   */
  record Summary(long writes, long reads, int sides, long events, int pairs) {}

  /**
   * Runs them.
   *
   * @throws RoundFailed if an invariant is broken, or the cluster does not get well
   */
  Summary run(List<ClusterFault> faults) throws IOException, InterruptedException {
    Folder.fresh(folder);
    int round = 0;
    try (RealCluster cluster =
            RealCluster.start(folder, number -> folder.resolve("data-" + (number + 1)));
        Workload workload = new Workload(seed, ANSWER_LIMIT);
        SideWork sides = new SideWork(cluster::anyUrl)) {
      try {
        for (ClusterFault fault : faults) {
          round(cluster, workload, fault);
          round++;
        }
        sides.stopAsking();
        check(cluster, workload);
        check(sides.violations(url(cluster.nodes().getFirst())));
        ReplicaDigests.Compared compared = stop(cluster);
        return new Summary(
            workload.writes(),
            workload.reads(),
            sides.count(),
            workload.watchedEvents(),
            compared.pairs());
      } catch (IOException | RuntimeException | AssertionError e) {
        throw failed(faults, round, e);
      }
    }
  }

  private RoundFailed failed(List<ClusterFault> faults, int round, Throwable cause) {
    return new RoundFailed(
        """
        seed %d, round %d of %s: %s
        What the nodes said is in %s
        Again: mvn -pl crashtest -am verify -Dsurefire.failIfNoSpecifiedTests=false \
        -Dtest=ClusterRoundsTest -Dcrash.cluster.seed=%d -Dcrash.faults=%s\
        """
            .formatted(
                seed,
                round,
                faults,
                cause.getMessage(),
                folder,
                seed,
                String.join(",", faults.stream().map(Enum::name).toList())),
        cause);
  }

  private void round(RealCluster cluster, Workload workload, ClusterFault fault)
      throws IOException, InterruptedException {
    RandomGenerator random =
        RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
    workload.start(cluster::anyUrl, READERS);
    progress(workload, WRITES_BEFORE + random.nextInt(100), "the load begins");
    ClusterNode victim = cluster.leaderOf("leaderboard");
    long startNs = System.nanoTime();
    fault.strike(cluster, victim, pause);
    long wholeNs = System.nanoTime();
    progress(workload, WRITES_AFTER, "it goes on after " + fault + " of " + victim.id());
    long goesOnNs = System.nanoTime();
    workload.stop();
    cluster.awaitHealthy();
    long healthyNs = System.nanoTime();
    check(cluster, workload);
    System.out.printf(
        "crashtest: %s of %s for %d ms; %d more writes in %d ms, healthy after %d ms, checked in %d"
            + " ms%n",
        fault,
        victim.id(),
        (wholeNs - startNs) / 1_000_000,
        WRITES_AFTER,
        (goesOnNs - wholeNs) / 1_000_000,
        (healthyNs - goesOnNs) / 1_000_000,
        (System.nanoTime() - healthyNs) / 1_000_000);
  }

  private static void progress(Workload workload, int writes, String what)
      throws InterruptedException {
    if (!workload.awaitWrites(workload.writes() + writes, PROGRESS_LIMIT)) {
      throw new AssertionError(
          "waited in vain until %s; refusals: %s"
              .formatted(
                  what, List.copyOf(workload.refusals()).reversed().stream().limit(5).toList()));
    }
  }

  /** Every node is asked: whoever leads, all say the same. */
  private static void check(RealCluster cluster, Workload workload)
      throws IOException, InterruptedException {
    for (ClusterNode node : cluster.nodes()) {
      check(workload.check(url(node)));
    }
  }

  private static void check(List<String> violations) {
    if (!violations.isEmpty()) {
      throw new AssertionError(String.join("\n", violations));
    }
  }

  private static String url(ClusterNode node) {
    String url = node.url();
    if (url == null) {
      throw new AssertionError(node.id() + " does not run");
    }
    return url;
  }

  /** Stops all nodes; tables of the same offset must be the same. */
  private static ReplicaDigests.Compared stop(RealCluster cluster) throws InterruptedException {
    List<Path> directories = new ArrayList<>();
    for (ClusterNode node : cluster.nodes()) {
      node.stop();
      directories.add(node.data());
    }
    ReplicaDigests.Compared compared =
        ReplicaDigests.compare(directories, "leaderboard", PARTITIONS);
    check(compared.differences());
    return compared;
  }
}
