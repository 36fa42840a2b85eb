package io.thalweg.server;

import io.thalweg.contract.ContractProto;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.DataDirectory;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.TableRebuild;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
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
          + " a node that does not run, and compares them. The stored ones stay unless --switch is"
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
  public Integer call() {
    if (show < 1 || show > MAX_SHOWN) {
      throw new ParameterException(
          spec.commandLine(), "--show must be within 1.." + MAX_SHOWN + "; got " + show);
    }
    if (discard && switchTables) {
      throw new ParameterException(
          spec.commandLine(), "--discard and --switch cannot be used together");
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
    results.forEach(result -> print(result, out));
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

  private static void print(TableRebuild.Result result, PrintWriter out) {
    if (result.offset() == 0) {
      out.printf("%s: no stored tables; the next start makes them%n", result.partition());
      return;
    }
    out.printf(
        "%s: %s, %,d rows as of event %,d, digest %.16s%n",
        result.partition(),
        result.isEqual() ? "equal" : "DIFFERENT",
        result.rows(),
        result.offset(),
        result.digest());
    if (result.logStart() > 0) {
      out.printf(
          "          the log begins at event %,d: older rows were taken from a checkpoint, as an"
              + " earlier build may have made them%n",
          result.logStart());
    }
    result
        .byTable()
        .forEach((table, rows) -> out.printf("          %s: %,d rows differ%n", table, rows));
    result.differences().forEach(difference -> out.println("          " + difference));
  }

  /** Shows the events of one partition after the other. */
  private static final class EventProgress implements AutoCloseable {
    private final PrintWriter err;
    private String what = "";
    private Progress bar = Progress.NONE;

    private EventProgress(PrintWriter err) {
      this.err = err;
    }

    void at(long events, long ofEvents, String doing) {
      if (!doing.equals(what)) {
        bar.close();
        what = doing;
        bar = Progress.ofCount(doing, ofEvents, err);
      }
      bar.at(events, "");
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
