package io.thalweg.server;

import io.thalweg.runtime.CheckpointOptions;
import io.thalweg.runtime.DataDirectory;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import io.thalweg.runtime.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code thalweg checkpoint}. */
@Command(
    name = "checkpoint",
    usageHelpAutoWidth = true,
    description = {
      "Takes a checkpoint of a node: all rows of all tables, where they stand in"
          + " the log, and their digests. A node whose tables are lost starts from the newest one.",
      "",
      "The files are forced and read back before it counts. With --replay the rows are also made"
          + " again from the log, since the checkpoint before, and must be the same."
    })
final class CheckpointCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Instead: of a node that runs, which serves meanwhile.")
  @Nullable URI url;

  @Option(names = "--replay", description = "Prove it by a replay of the log.")
  boolean replay;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    URI running = url;
    if (running != null) {
      URI begin = running.resolve("/v1/operations/checkpoints?replay=" + replay);
      return RunningJob.run(begin, out, spec.commandLine().getErr()) ? 0 : 1;
    }
    // Says so if it is no data directory, or if a node runs on it.
    try (DataDirectory directory = StoppedNode.lock(data)) {
      directory.checkpoints();
    }
    Thalweg thalweg = Thalweg.at(data);
    NodeServer.SERVICES.forEach(thalweg::service);
    try (Node node = thalweg.open()) {
      long startNs = System.nanoTime();
      Checkpoint checkpoint = node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(replay));
      double seconds = (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
      checkpoint.lines().forEach(out::println);
      out.printf("seconds          %12.1f%n", seconds);
    }
    out.flush();
    return 0;
  }
}
