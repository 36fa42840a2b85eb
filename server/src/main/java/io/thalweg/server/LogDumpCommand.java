package io.thalweg.server;

import io.thalweg.gateway.EventPrinter;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.DataDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg log dump}. */
@Command(
    name = "dump",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Prints the events of a partition, one JSON object a line: offset, time, type, project, slot,"
          + " event. Events whose type is not known have their payload as base64.",
      "",
      "The node must be stopped. If it did not stop cleanly, its log is recovered first, as at a"
          + " start."
    })
final class LogDumpCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Option(names = "--service", description = "Default: ${DEFAULT-VALUE}")
  String service = "leaderboard";

  @Option(names = "--partition", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  int partition = 0;

  @Option(names = "--from", paramLabel = "OFFSET", description = "First offset. Default: 0")
  long from = 0;

  @Option(names = "--limit", paramLabel = "N", description = "Most events. Default: all")
  long limit = Long.MAX_VALUE;

  @Override
  public Integer call() throws IOException {
    if (from < 0) {
      throw new ParameterException(spec.commandLine(), "--from must be at least 0; got " + from);
    }
    if (limit < 0) {
      throw new ParameterException(spec.commandLine(), "--limit must be at least 0; got " + limit);
    }
    PartitionId id = partitionId();
    PrintWriter out = spec.commandLine().getOut();
    try (DataDirectory directory = StoppedNode.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      if (!log.partitions().contains(id)) {
        throw new CommandFailed(
            "the log in %s has no partition %s; it has %s".formatted(data, id, log.partitions()));
      }
      try (LogReader reader = log.read(id, from)) {
        dump(reader, new EventPrinter(service, NodeServer.SERVICES), out);
      }
    }
    out.flush();
    return 0;
  }

  private void dump(LogReader reader, EventPrinter printer, PrintWriter out) throws IOException {
    long left = limit;
    for (@Nullable Batch batch = reader.next();
        batch != null && left > 0 && !out.checkError();
        batch = reader.next()) {
      for (EventView event : batch) {
        if (event.offset() >= from && left > 0) {
          out.println(printer.print(event, batch.logTimeUs()));
          left--;
        }
      }
    }
  }

  private PartitionId partitionId() {
    try {
      return new PartitionId(service, partition);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--service, --partition: " + e.getMessage(), e);
    }
  }
}
