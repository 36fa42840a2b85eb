package io.thalweg.server.backup;

import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupReader;
import io.thalweg.runtime.DataRestore;
import io.thalweg.server.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code thalweg restore}. */
@Command(
    name = "restore",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Makes the data directory of a node from a backup, whole or as it was at a time. Every"
          + " checksum is verified before the directory gets its name.",
      "",
      "The restored node goes on in a history of its own: positions that clients hold from beyond"
          + " the restored point are answered with 'resync'. Its tables are made from the log when"
          + " it is first started.",
      "",
      "What was forgotten before the last run of the backup stays forgotten, whichever backup is"
          + " restored."
    },
    footer = {
      "",
      "Example: what there is, all of it, and as it was at noon",
      "  thalweg restore /mnt/backup --list",
      "  thalweg restore /mnt/backup --data ./restored",
      "  thalweg restore /mnt/backup --data ./restored --to-time 2026-05-01T12:00:00Z"
    })
public final class RestoreCommand implements Callable<Integer> {
  private static final long MAX_MS = 253_402_300_799_999L;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "DIR", description = "The backup directory.")
  Path directory = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "NEW",
      description = "The data directory to make. Must be empty or not there.")
  @Nullable Path data;

  @Option(
      names = "--to-time",
      paramLabel = "TIME",
      description =
          "Takes what happened up to this time: like 2026-05-01T12:00:00Z, or milliseconds since"
              + " 1970. Default: all")
  @Nullable String toTime;

  @Option(
      names = "--manifest",
      paramLabel = "N",
      description = "The backup to take. Default: the newest")
  @Nullable Long manifest;

  @Option(
      names = "--without-keys",
      description =
          "Leaves out the keys of what is sealed, also if they are missing: it then reads as"
              + " forgotten.")
  boolean withoutKeys;

  @Option(names = "--list", description = "Lists the backups in the directory and does no more.")
  boolean list;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (list) {
      list(out);
      return 0;
    }
    if (data == null) {
      throw usage("--data is needed: the data directory to make");
    }
    restore(data, out);
    return 0;
  }

  private void list(PrintWriter out) throws IOException {
    BackupReader backup = BackupReader.open(LogFiles.disk(), directory);
    BackupBase base = backup.base();
    if (base != null) {
      out.printf(
          "begins with a checkpoint at position %,d; the earliest time is %s%n",
          base.position(), time(base.earliestUs()));
    }
    for (BackupManifest each : backup.all()) {
      out.printf(
          "%10d  %s  %,15d bytes%s%n",
          each.number(),
          time(each.cut().timeUs()),
          each.position(),
          each.archived() ? "  archived" : "");
    }
    out.flush();
  }

  private void restore(Path to, PrintWriter out) throws IOException {
    long startNs = System.nanoTime();
    long toTimeUs = toTimeUs();
    long size = BackupReader.open(LogFiles.disk(), directory).manifest(manifest).position();
    LogRestore.Report report;
    try (Progress progress = Progress.of("restore", size, spec.commandLine().getErr())) {
      report =
          DataRestore.restore(
              directory, manifest, toTimeUs, to, !withoutKeys, bytes -> progress.at(bytes, ""));
    }
    double seconds = (System.nanoTime() - startNs) / 1e9;
    for (PartitionCut partition : report.partitions()) {
      out.printf(
          "%-16s %,12d events, the last at %s%n",
          partition.id(), partition.endOffset(), time(partition.logTimeUs()));
    }
    out.printf("batches          %,12d%n", report.batches());
    if (report.batchesLeftOut() > 0) {
      out.printf("left out, later  %,12d%n", report.batchesLeftOut());
    }
    out.printf("bytes            %,12d%n", report.bytes());
    out.printf("seconds          %12.2f%n", seconds);
    out.printf("Every checksum is good. Start the node with:%n  thalweg up --data %s%n", to);
    out.flush();
  }

  private long toTimeUs() {
    String text = toTime;
    if (text == null) {
      return LogRestore.TO_THE_END;
    }
    try {
      if (text.matches("\\d{1,15}") && Long.parseLong(text) <= MAX_MS) {
        return TimeUnit.MILLISECONDS.toMicros(Long.parseLong(text));
      }
      Instant at = OffsetDateTime.parse(text).toInstant();
      return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    } catch (DateTimeException | ArithmeticException e) {
      throw usage(
          "--to-time must be like 2026-05-01T12:00:00Z, or milliseconds since 1970; got '"
              + text
              + "'");
    }
  }

  /** A log time for a person, to the microsecond, as --to-time takes it. */
  static String time(long us) {
    return Instant.EPOCH.plus(us, ChronoUnit.MICROS).toString();
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
