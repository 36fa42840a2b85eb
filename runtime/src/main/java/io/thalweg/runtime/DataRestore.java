package io.thalweg.runtime;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupReader;
import io.thalweg.log.backup.BackupRun;
import io.thalweg.runtime.keys.DirectoryKeys;
import io.thalweg.runtime.keys.KeyRows;
import io.thalweg.runtime.keys.SubjectKey;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the data directory of a node from a backup: its log, the keys of what is sealed in it and
 * its {@code node.properties}. Tables are not in a backup; the node makes them from the log when it
 * is first opened. A backup of a log that had been shortened begins with a checkpoint, which
 * becomes one of the new log.
 *
 * <p>Everything is written to a directory beside the wanted one, named with {@code .partial}, and
 * gets its name at the very end, by one rename. One that an interrupted restore left is recognised
 * by a marker file, and deleted.
 */
public final class DataRestore {
  private static final String MARKER = "thalweg.restoring";
  private static final int KEYS_AT_ONCE = 10_000;

  private final BackupReader backup;
  private final BackupManifest manifest;
  private final Path data;
  private final Path partial;

  private DataRestore(BackupReader backup, BackupManifest manifest, Path data, Path partial) {
    this.backup = backup;
    this.manifest = manifest;
    this.data = data;
    this.partial = partial;
  }

  /**
   * Restores a backup.
   *
   * @param backup the backup directory
   * @param number of the manifest; null for the newest
   * @param toTimeUs log time up to which events are taken, microseconds since 1970; {@link
   *     LogRestore#TO_THE_END} for all
   * @param data the data directory to make: must not exist, or be empty
   * @param keys whether the keys of what is sealed are restored: those of the last run, whichever
   *     backup it is; without them it reads as forgotten
   * @param progress told how many bytes of the backup's log have been read
   * @return what was made
   * @throws DataDirectoryException if the directory cannot be made there
   * @throws io.thalweg.log.backup.BackupException if there is no such backup or it is damaged;
   *     names file and place
   * @throws io.thalweg.log.LogException if the time is not covered by the backup; names the
   *     earliest
   * @throws IOException if a file cannot be read or written
   */
  public static LogRestore.Report restore(
      Path backup,
      @Nullable Long number,
      long toTimeUs,
      Path data,
      boolean keys,
      LongConsumer progress)
      throws IOException {
    BackupReader reader = BackupReader.open(LogFiles.disk(), backup);
    BackupManifest manifest = reader.manifest(number);
    long lastUs = manifest.cut().timeUs();
    if (toTimeUs != LogRestore.TO_THE_END && toTimeUs > lastUs) {
      throw new DataDirectoryException(
          "the backup reaches to %s; there is nothing to restore up to %s"
              .formatted(time(lastUs), time(toTimeUs)));
    }
    Path absolute = data.toAbsolutePath().normalize();
    checkFree(absolute);
    Path name = absolute.getFileName();
    if (name == null) {
      throw new DataDirectoryException(data + " is no place for a data directory");
    }
    Path partial = absolute.resolveSibling(name + ".partial");
    return new DataRestore(reader, manifest, absolute, partial).run(toTimeUs, keys, progress);
  }

  /**
   * What a backup of a node checks once it has copied the checkpoint that it begins with: see
   * {@link BackupRun#open}.
   *
   * @throws io.thalweg.log.backup.BackupException if it is not whole, or not of this log
   */
  public static void checkBase(Path folder, BackupBase base) {
    BaseCheckpoint.check(folder, base);
  }

  private static Instant time(long us) {
    return Instant.EPOCH.plus(us, ChronoUnit.MICROS);
  }

  private static void checkFree(Path data) throws IOException {
    if (Files.exists(data) && !Files.isDirectory(data)) {
      throw new DataDirectoryException(data + " is a file; name a directory that is not there");
    }
    if (Files.isDirectory(data)) {
      String held = anEntryOf(data);
      if (held != null) {
        throw new DataDirectoryException(
            "%s holds %s; a restore needs a directory that is empty or not there"
                .formatted(data, held));
      }
    }
  }

  private static @Nullable String anEntryOf(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        return String.valueOf(entry.getFileName());
      }
    }
    return null;
  }

  private LogRestore.Report run(long toTimeUs, boolean keys, LongConsumer progress)
      throws IOException {
    Path marker = partial.resolve(MARKER);
    if (Files.exists(partial) && !Files.exists(marker) && anEntryOf(partial) != null) {
      throw new DataDirectoryException(
          partial + " is in the way and was not left by a restore; move it or delete it");
    }
    Files.createDirectories(partial);
    try (FileChannel file = FileChannel.open(marker, CREATE, READ, WRITE)) {
      if (tryLock(file) == null) {
        throw new DataDirectoryException("another restore is writing to " + partial);
      }
      return run(toTimeUs, keys, progress, marker);
    }
  }

  private LogRestore.Report run(long toTimeUs, boolean keys, LongConsumer progress, Path marker)
      throws IOException {
    try {
      deleteAllBut(marker);
      boolean begins = backup.base() != null;
      if (begins) {
        backup.checkBaseFiles();
      }
      LogRestore.Report report =
          backup.restore(
              manifest,
              begins ? BaseCheckpoint.needed(backup.basePath()) : Map.of(),
              toTimeUs,
              partial.resolve("log"),
              SegmentLogOptions.DEFAULTS,
              progress);
      if (begins) {
        BaseCheckpoint.adopt(backup.basePath(), partial, report.logId());
      }
      String keysId = keys ? restoreKeys() : null;
      DataDirectory.describe(partial, manifest.cut().services(), keysId);
      Files.move(partial, data, StandardCopyOption.ATOMIC_MOVE);
      force(data.getParent());
      Files.deleteIfExists(data.resolve(MARKER));
      return report;
    } catch (IOException | RuntimeException e) {
      try {
        deleteAllBut(marker);
        Files.deleteIfExists(marker);
        Files.deleteIfExists(partial);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      if (e instanceof IOException) {
        // What the system says, such as that the disk is full, names no file.
        throw new IOException("cannot restore to " + data + ": " + e.getMessage(), e);
      }
      throw e;
    }
  }

  /** A set of its own, with what the backup's holds; its identity, null if there are none. */
  private @Nullable String restoreKeys() throws IOException {
    try (DirectoryKeys made = DirectoryKeys.open(partial.resolve("keys"), id -> {})) {
      List<SubjectKey> some = new ArrayList<>();
      backup.keys(
          manifest,
          bucket -> {
            some.addAll(KeyRows.decode(bucket));
            if (some.size() >= KEYS_AT_ONCE) {
              made.change(some, List.of());
              some.clear();
            }
          });
      made.change(some, List.of());
      return made.id();
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** What a restore that was interrupted has left. */
  private void deleteAllBut(Path marker) throws IOException {
    if (!Files.isDirectory(partial)) {
      return;
    }
    try (Stream<Path> all = Files.walk(partial)) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        if (!each.equals(marker) && !each.equals(partial)) {
          Files.delete(each);
        }
      }
    }
  }

  private static void force(@Nullable Path directory) throws IOException {
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, READ)) {
        channel.force(true);
      }
    }
  }
}
