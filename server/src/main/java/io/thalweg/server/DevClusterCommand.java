package io.thalweg.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg dev-cluster}: brokers and nodes on this machine. */
@Command(
    name = "dev-cluster",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Starts real Kafka brokers and a cluster of nodes on this machine, each in a process of its"
          + " own, and runs them until Ctrl-C or SIGTERM, which stops them in order.",
      "",
      "For development: everything listens on 127.0.0.1 and is lost with this machine."
    })
final class DevClusterCommand implements Callable<Integer> {
  private static final int MAX_NODES = 16;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--brokers", description = "1 or 3. Default: ${DEFAULT-VALUE}")
  int brokers = 1;

  @Option(names = "--nodes", description = "1 to 16. Default: ${DEFAULT-VALUE}")
  int nodes = 3;

  @Option(
      names = "--port",
      description =
          "Of the first node; the others have the next ones. 0 picks free ones. Default:"
              + " ${DEFAULT-VALUE}")
  int port = 8080;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Data of brokers and nodes, for the next time. Default: ${DEFAULT-VALUE}")
  Path directory = Path.of("dev-cluster");

  @Override
  public Integer call() throws IOException, InterruptedException {
    check("brokers", brokers == 1 || brokers == 3, "1 or 3", brokers);
    check("nodes", nodes >= 1 && nodes <= MAX_NODES, "within 1.." + MAX_NODES, nodes);
    check("port", port >= 0 && port + nodes <= 65_536, "within 0..65535", port);
    PrintWriter out = spec.commandLine().getOut();
    out.printf("starting %d broker%s ...%n", brokers, brokers == 1 ? "" : "s");
    out.flush();
    AtomicBoolean stopping = new AtomicBoolean();
    DevCluster cluster = DevCluster.start(directory, brokers, List.of());
    Thread stop =
        new Thread(
            () -> {
              stopping.set(true);
              cluster.close();
              out.println("the cluster has stopped.");
              out.flush();
              Runtime.getRuntime().halt(0);
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      run(cluster, stopping, out);
    } catch (IOException | RuntimeException e) {
      if (!stopping.get()) {
        Runtime.getRuntime().removeShutdownHook(stop);
        cluster.close();
        throw e;
      }
    }
    // It is being stopped, which ends the process.
    stop.join();
    return 1;
  }

  private void run(DevCluster cluster, AtomicBoolean stopping, PrintWriter out)
      throws IOException, InterruptedException {
    out.println("  kafka      " + cluster.bootstrap());
    out.flush();
    for (int i = 1; i <= nodes; i++) {
      cluster.startNode("n" + i, port == 0 ? 0 : port + i - 1);
    }
    for (int i = 1; i <= nodes; i++) {
      out.printf("  node n%-4d %s%n", i, cluster.awaitNode("n" + i));
      out.flush();
    }
    out.printf(
        "The cluster is ready.%n  try        thalweg cluster status --url %s%n", cluster.url("n1"));
    out.flush();
    while (!stopping.get()) {
      // Somebody may try what becomes of it: the others go on.
      for (String id : cluster.ended()) {
        if (!stopping.get()) {
          out.println("  node " + id + " has ended");
          out.flush();
        }
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private void check(String name, boolean good, String bound, int value) {
    if (!good) {
      throw new ParameterException(
          spec.commandLine(), "--%s must be %s; got %d".formatted(name, bound, value));
    }
  }
}
