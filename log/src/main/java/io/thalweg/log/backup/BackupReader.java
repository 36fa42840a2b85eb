package io.thalweg.log.backup;

import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLogOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Reads a backup directory: lists its backups, checks them, and restores their log. */
public final class BackupReader {
  private final BackupDirectory directory;
  private final Path path;
  private final BackupDirectory.Identity identity;

  private BackupReader(BackupDirectory directory, Path path, BackupDirectory.Identity identity) {
    this.directory = directory;
    this.path = path;
    this.identity = identity;
  }

  /**
   * Opens a backup directory.
   *
   * @throws BackupException if it is none
   */
  public static BackupReader open(LogFiles files, Path path) throws IOException {
    BackupDirectory directory = new BackupDirectory(files, path);
    BackupDirectory.Identity identity = directory.identity();
    if (identity == null) {
      throw new BackupException(path + " is no backup directory: there is no backup.json in it");
    }
    return new BackupReader(directory, path, identity);
  }

  /**
   * What it begins with; null if it begins at position 0 of the log.
   *
   * @throws BackupException if that is damaged
   */
  public @Nullable BackupBase base() throws IOException {
    return directory.base();
  }

  /** Where the files of the base are, each under its name. */
  public Path basePath() {
    return directory.basePath();
  }

  /**
   * Reads the files of the base.
   *
   * @throws BackupException if one is not what the base says
   */
  public void checkBaseFiles() throws IOException {
    BackupBase base = directory.base();
    if (base != null) {
      for (BackupBase.Item item : base.files()) {
        directory.checkBaseFile(item);
      }
    }
  }

  /** The numbers of its backups, ascending. */
  public List<Long> manifests() throws IOException {
    return directory.manifests();
  }

  /**
   * One backup.
   *
   * @param number null for the newest
   * @throws BackupException if there is none, or its manifest is damaged
   */
  public BackupManifest manifest(@Nullable Long number) throws IOException {
    List<Long> all = directory.manifests();
    if (all.isEmpty()) {
      throw new BackupException(path + " holds no whole backup; run the backup again");
    }
    if (number != null && !all.contains(number)) {
      throw new BackupException(
          "%s has no manifest %d; it has %d from %d to %d"
              .formatted(path, number, all.size(), all.getFirst(), all.getLast()));
    }
    BackupManifest manifest = directory.manifest(number == null ? all.getLast() : number);
    if (!manifest.cut().log().logId().equals(identity.logId())
        || manifest.chunkBytes() != identity.chunkBytes()) {
      throw new BackupException(
          directory.manifestFile(manifest.number()) + " is of another backup directory");
    }
    return manifest;
  }

  /**
   * Makes a log from a backup; every hash, checksum and chain is checked before this returns.
   *
   * @param toTimeUs see {@link LogRestore#restore}
   * @param log a directory that holds nothing; must not be opened before this has returned
   * @param progress told how many bytes of the backup have been read
   * @throws BackupException if something is damaged; names file and place
   * @throws io.thalweg.log.LogException if the time is before the first batch
   */
  public LogRestore.Report restore(
      BackupManifest manifest,
      long toTimeUs,
      Path log,
      SegmentLogOptions options,
      LongConsumer progress)
      throws IOException {
    return restore(manifest, Map.of(), toTimeUs, log, options, progress);
  }

  /**
   * As {@link #restore(BackupManifest, long, Path, SegmentLogOptions, LongConsumer)}.
   *
   * @param needed cursors that the new log must go through: see {@link LogRestore.From}
   */
  public LogRestore.Report restore(
      BackupManifest manifest,
      Map<PartitionId, LogCursor> needed,
      long toTimeUs,
      Path log,
      SegmentLogOptions options,
      LongConsumer progress)
      throws IOException {
    BackupBase base = directory.base();
    LogRestore.From from = new LogRestore.From(base == null ? null : base.beginning(), needed);
    try (ChunkBytes chunks =
        new ChunkBytes(directory, manifest, base == null ? 0 : base.position())) {
      try {
        LogRestore.Report report =
            LogRestore.restore(
                chunks,
                from,
                manifest.cut().log().logId(),
                manifest.position(),
                toTimeUs,
                log,
                options,
                progress);
        chunks.check();
        return report;
      } catch (LogCorruptException e) {
        throw new BackupException(damaged(chunks.damagedFile(), e), e);
      }
    }
  }

  /**
   * Reads the keys of what is sealed: as of the last run, whichever backup is restored.
   *
   * @param each given what each bucket holds
   * @return how many buckets there are; 0 if the backup needs no keys and there are none
   * @throws BackupException if keys are missing, or a file is damaged; names it
   */
  public int keys(BackupManifest manifest, Consumer<byte[]> each) throws IOException {
    KeyFiles keys = new KeyFiles(directory);
    KeyTags tags = keys.tags();
    String needed = manifest.keysId();
    if (needed != null && (tags == null || !tags.keysId().equals(needed))) {
      throw new BackupException(
          "%s with the keys of what was sealed %s; put it back, or restore without keys: what was sealed then reads as forgotten"
              .formatted(path.resolve("keys"), tags == null ? "is missing" : "is of another node"));
    }
    if (tags == null) {
      return 0;
    }
    List<Integer> buckets = keys.buckets(tags);
    for (int bucket : buckets) {
      try {
        each.accept(keys.content(tags.keysId(), bucket));
      } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
        throw new BackupException(
            "a file of keys is missing: " + e.getMessage() + "; put it back", e);
      }
    }
    return buckets.size();
  }

  private static String damaged(@Nullable String file, LogCorruptException e) {
    return "the backup is damaged: "
        + (file == null ? "" : file + "; ")
        + e.getMessage()
        + "; while the node that it was made from has its log, delete the .sha256 file of that"
        + " chunk and run the backup again, which copies the chunk again";
  }

  /** The backups that can be read, newest last; for a person who looks for one. */
  public List<BackupManifest> all() throws IOException {
    List<BackupManifest> all = new ArrayList<>();
    for (long number : directory.manifests()) {
      all.add(directory.manifest(number));
    }
    return all;
  }
}
