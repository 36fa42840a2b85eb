package io.thalweg.server;

import io.thalweg.contract.ContractProto;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.DataDirectory;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.TableRebuild;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg rebuild}. */
@Command(
    name = "rebuild",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Makes the tables of a service again from the log, with this build, beside the stored ones of"
          + " a node, and compares them. The stored ones stay unless --switch is"
          + " given.",
      "",
      "If it is interrupted, the same command goes on. What it made stays in DIR/rebuild until"
          + " --switch or --discard.",
      "",
      "Exits with 0 if all rows are equal, with 1 if not."
    })
final class RebuildCommand implements Callable<Integer> {
  private static final int MAX_SHOWN = 10_000;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "A node that runs: made and compared beside its tables while it serves. The switch is for"
              + " the stopped node, which goes on from what was made.")
  @Nullable URI url;

  @Option(names = "--service", paramLabel = "NAME", description = "Default: ${DEFAULT-VALUE}")
  String service = "leaderboard";

  @Option(
      names = "--show",
      paramLabel = "N",
      description = "Most differences of a partition that are shown. Default: ${DEFAULT-VALUE}")
  int show = 20;

  @Option(
      names = "--switch",
      description = "Then put the tables that were made in the place of the stored ones.")
  boolean switchTables;

  @Option(names = "--discard", description = "Only delete what was made before.")
  boolean discard;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (show < 1 || show > MAX_SHOWN) {
      throw new ParameterException(
          spec.commandLine(), "--show must be within 1.." + MAX_SHOWN + "; got " + show);
    }
    if (discard && switchTables) {
      throw new ParameterException(
          spec.commandLine(), "--discard and --switch cannot be used together");
    }
    if (url != null) {
      return ofRunning(url);
    }
    ServiceType type = serviceType();
    PrintWriter out = spec.commandLine().getOut();
    try (DataDirectory directory = StoppedNode.lock(data)) {
      if (discard) {
        TableRebuild.discard(directory, service);
        return 0;
      }
      try (SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
        return rebuild(directory, log, type, out);
      }
    } finally {
      out.flush();
    }
  }

  private int ofRunning(URI node) throws IOException, InterruptedException {
    if (switchTables) {
      throw new ParameterException(
          spec.commandLine(),
          "--switch is for a stopped node: stop it and run this with --data, which goes on from"
              + " what was made");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    serviceType();
    URI place = node.resolve("/v1/operations/services/" + service + "/rebuild");
    if (discard) {
      RunningJob.delete(place, err);
      return 0;
    }
    boolean equal = RunningJob.run(URI.create(place + "?show=" + show), out, err);
    out.println(
        equal
            ? "All rows are equal."
            : "NOT equal. The stored tables stay; stop the node and use --data and --switch.");
    out.flush();
    return equal ? 0 : 1;
  }

  private ServiceType serviceType() {
    for (ServiceType type : NodeServer.SERVICES) {
      if (nameOf(type).equals(service)) {
        return type;
      }
    }
    throw new ParameterException(
        spec.commandLine(),
        "--service must be one of %s; got '%s'"
            .formatted(NodeServer.SERVICES.stream().map(RebuildCommand::nameOf).toList(), service));
  }

  private static String nameOf(ServiceType type) {
    return type.contract().getOptions().getExtension(ContractProto.service).getName();
  }

  private int rebuild(DataDirectory directory, SegmentLog log, ServiceType type, PrintWriter out) {
    List<TableRebuild.Result> results;
    try (EventProgress progress = new EventProgress(spec.commandLine().getErr())) {
      TableRebuild rebuild =
          new TableRebuild(
              directory, log, type, () -> data.toFile().getUsableSpace(), progress::at);
      if (rebuild.isSwitching() && switchTables) {
        rebuild.switchTables();
        out.println("The switch that was interrupted is finished.");
        return 0;
      }
      results = rebuild.run(show);
      if (switchTables) {
        rebuild.switchTables();
      }
    }
    results.forEach(result -> result.lines().forEach(out::println));
    boolean equal = results.stream().allMatch(TableRebuild.Result::isEqual);
    if (switchTables) {
      out.println("The tables that were made are in use from the next start on.");
    } else if (!equal) {
      out.println("NOT equal. The stored tables stay; --switch replaces them.");
    } else {
      out.println("All rows are equal.");
    }
    return equal ? 0 : 1;
  }
}
