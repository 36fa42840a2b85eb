package io.thalweg.server;

import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogVerifier;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.DataDirectory;
import io.thalweg.runtime.DataDirectoryException;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.state.StoreCorruptException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code thalweg verify}. */
@Command(
    name = "verify",
    usageHelpAutoWidth = true,
    description = {
      "Checks the data of a node that does not run: that the log is whole (checksums, chains,"
          + " offsets), and that tables rebuilt from it equal the stored ones.",
      "",
      "The walk through the log changes nothing. If the node did not stop cleanly, the log is then"
          + " recovered as at a start. Needs as much free disk space as the tables take.",
      "",
      "Exits with 0 if all is well, with 1 if not."
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    boolean good;
    try (DataDirectory directory = StoppedNode.lock(data)) {
      good = checkLog(directory, out) && checkTables(directory, out);
      good &= checkKeys(directory, out);
    }
    out.println(good ? "All is well." : "NOT well: see above.");
    out.flush();
    return good ? 0 : 1;
  }

  private boolean checkLog(DataDirectory directory, PrintWriter out) throws IOException {
    LogVerifier.Report report;
    try (Progress progress =
        Progress.of("checking the log", sizeBytes(directory.log()), spec.commandLine().getErr())) {
      report =
          LogVerifier.verify(
              directory.log(), LogFiles.disk(), (bytes, _) -> progress.at(bytes, ""));
    } catch (LogCorruptException e) {
      out.println("log       DAMAGED: " + e.getMessage());
      return false;
    }
    out.printf(
        "log       good: %,d segments, %,d groups, %,d batches, %,d bytes%n",
        report.segments(), report.groups(), report.batches(), report.bytes());
    report
        .events()
        .forEach(
            (partition, events) -> out.printf("          %s: %,d events%n", partition, events));
    report
        .startOffsets()
        .forEach((partition, offset) ->
            out.printf("          %s: those before %,d were removed%n", partition, offset));
    if (report.tornTailBytes() > 0) {
      out.printf(
          "          %,d bytes behind its end were never confirmed: what a crash leaves%n",
          report.tornTailBytes());
    }
    if (report.indexesMissing() > 0) {
      out.printf(
          "          %,d indexes are missing; a start makes them%n", report.indexesMissing());
    }
    return true;
  }

  private boolean checkTables(DataDirectory directory, PrintWriter out) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    // Beside the tables: there is room for them, which /tmp may not have.
    Path scratch = Files.createTempDirectory(directory.path(), "verify");
    List<TableVerifier.Result> results;
    try (SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      results = TableVerifier.verify(directory, log, NodeServer.SERVICES, scratch, err::println);
    } catch (StoreCorruptException e) {
      if (String.valueOf(e.getMessage()).contains(scratch.toString())) {
        throw e; // what was rebuilt just now: that says nothing about the stored tables
      }
      out.println("tables    DAMAGED: " + e.getMessage());
      out.println(
          "          The log is good, so nothing is lost: the tables in "
              + directory.state()
              + " are made again from it at the next start, or when the damage is first read.");
      return false;
    } finally {
      Folders.delete(scratch);
    }
    boolean good = true;
    for (TableVerifier.Result result : results) {
      good &= result.isEqual();
      print(result, out);
    }
    return good;
  }

  private static boolean checkKeys(DataDirectory directory, PrintWriter out) {
    try {
      long keys = directory.countKeys();
      if (keys > 0) {
        out.printf("keys      good: %,d, of what is sealed%n", keys);
      }
      return true;
    } catch (DataDirectoryException e) {
      out.println("keys      MISSING: " + e.getMessage());
      return false;
    }
  }

  private static void print(TableVerifier.Result result, PrintWriter out) {
    if (result.isEqual() && result.storedOffset() == 0 && result.logEnd() > 0) {
      out.printf(
          "tables    %s: no stored tables; they are made from the log (%,d events) at the next"
              + " start%n",
          result.partition(), result.logEnd());
      return;
    }
    out.printf(
        "tables    %s: %s, %,d rows as of event %,d of %,d, digest %.16s%n",
        result.partition(),
        result.isEqual() ? "equal" : "DIFFERENT",
        result.rows(),
        result.storedOffset(),
        result.logEnd(),
        result.digest());
    result.differences().forEach(difference -> out.println("          " + difference));
  }

  private static long sizeBytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
