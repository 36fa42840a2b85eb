package io.thalweg.server;

import io.thalweg.runtime.CheckpointOptions;
import io.thalweg.runtime.DataDirectory;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import io.thalweg.runtime.checkpoint.Checkpoint;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code thalweg checkpoint}. */
@Command(
    name = "checkpoint",
    usageHelpAutoWidth = true,
    description = {
      "Takes a checkpoint of a node that does not run: all rows of all tables, where they stand in"
          + " the log, and their digests. A node whose tables are lost starts from the newest one.",
      "",
      "The files are forced and read back before it counts. With --replay the rows are also made"
          + " again from the log, since the checkpoint before, and must be the same."
    })
final class CheckpointCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Option(names = "--replay", description = "Prove it by a replay of the log.")
  boolean replay;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
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
      for (Checkpoint.Part part : checkpoint.parts()) {
        out.printf(
            "%s: %,d rows, %,d bytes, offset %,d, digest %.16s%n",
            part.id(), part.rows(), part.bytes(), part.offset(), part.digest());
      }
      out.printf(
          "checkpoint %s is verified (%s): %,d rows, %,d bytes in %.1f s%n",
          checkpoint.id(),
          checkpoint.proof() == Checkpoint.Proof.REPLAYED ? "read back and replayed" : "read back",
          checkpoint.rows(),
          checkpoint.bytes(),
          seconds);
    }
    out.flush();
    return 0;
  }
}
