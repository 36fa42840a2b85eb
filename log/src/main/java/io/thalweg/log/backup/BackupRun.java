package io.thalweg.log.backup;

import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings a backup directory up to the present cut of a node, as often as it is asked to.
 *
 * <p><b>Incremental.</b> Full chunks that are there are not copied again, and the last one is
 * continued behind the newest manifest, after its hash was checked. <b>Interrupted</b> runs are
 * continued by chunk: one that has its hash beside it is whole; of another only what a manifest
 * vouches for is believed. A chunk that lost its hash file, or is too short, is copied again, which
 * also repairs it.
 *
 * <p><b>The same log.</b> Before anything is written it is checked that the node's log is the one
 * that the directory holds, that it has not gone back, and that the last bytes are the same there.
 *
 * <p>Used by one thread. After an exception it may be asked again: it looks at the files anew.
 */
public final class BackupRun implements AutoCloseable {
  /** Length of a chunk in bytes. */
  public static final long CHUNK_BYTES = 64 << 20;

  private static final int READ_BYTES = 4 << 20;

  /** So many of the last bytes are compared with the node's. */
  private static final int COMPARED_BYTES = 64 << 10;

  /** Hears how far a run is. */
  @FunctionalInterface
  public interface Progress {
    /** So many bytes of the log are in the directory, of so many below the cut. */
    void at(long bytes, long ofBytes);
  }

  private final BackupDirectory directory;
  private final Path path;
  private final BackupSource source;
  private final long chunkBytes;
  private final @Nullable BackupLock lock;
  private final byte[] buffer = new byte[READ_BYTES];

  // What is known of the directory; only while known is true.
  private boolean known;
  private @Nullable BackupManifest newest;
  private MessageDigest fullChunks = Sha256.digest();
  private long fullCount;
  private MessageDigest lastChunk = Sha256.digest();
  private long lastBytes;
  private long copiedBytes;
  private @Nullable ManifestThinning thinning;

  BackupRun(
      LogFiles files, Path path, BackupSource source, long chunkBytes, @Nullable BackupLock lock) {
    this.directory = new BackupDirectory(files, path);
    this.path = path;
    this.source = source;
    this.chunkBytes = chunkBytes;
    this.lock = lock;
  }

  /**
   * Takes a directory for backups, which is made if it is not there, and locks it.
   *
   * @throws BackupException if it is something else, or another backup is writing to it
   */
  public static BackupRun open(Path path, BackupSource source) throws IOException {
    new BackupDirectory(LogFiles.disk(), path).identity();
    return new BackupRun(LogFiles.disk(), path, source, CHUNK_BYTES, BackupLock.take(path));
  }

  /** Bytes that were copied since this was opened. */
  public long copiedBytes() {
    return copiedBytes;
  }

  /**
   * Makes a backup.
   *
   * @throws BackupException if the directory and the node do not go together, or a file of the
   *     directory is damaged; says what to do
   * @throws IOException if the node cannot be reached or a file not be written; run it again
   */
  public BackupManifest run(Progress progress) throws IOException {
    return run(source.cut(), false, progress);
  }

  /**
   * Makes a backup of continuous archiving if there is anything new, or if the newest one is older
   * than a time of the node; then removes archived manifests that are too many.
   *
   * @return the manifest; null if there is nothing new
   */
  public @Nullable BackupManifest archive(long maxAgeUs, Progress progress) throws IOException {
    BackupCut cut = source.cut();
    BackupManifest last = newest;
    if (known
        && last != null
        && last.position() == cut.log().position()
        && cut.timeUs() - last.cut().timeUs() < maxAgeUs) {
      return null;
    }
    BackupManifest made = run(cut, true, progress);
    ManifestThinning kept = thinning;
    if (kept == null) {
      kept = ManifestThinning.of(directory);
      thinning = kept;
    } else {
      kept.add(made);
    }
    for (long number : kept.tooMany()) {
      directory.deleteManifest(number);
    }
    return made;
  }

  private BackupManifest run(BackupCut cut, boolean archived, Progress progress)
      throws IOException {
    boolean wasKnown = known;
    known = false;
    if (!wasKnown) {
      look(cut);
    }
    checkContinues(cut);
    copy(cut, progress);
    BackupManifest last = newest;
    BackupManifest made =
        new BackupManifest(
            last == null ? 1 : last.number() + 1,
            archived,
            cut,
            chunkBytes(),
            Sha256.hex(Sha256.soFar(fullChunks)),
            Sha256.hex(Sha256.soFar(lastChunk)));
    directory.write(made);
    newest = made;
    known = true;
    return made;
  }

  private long chunkBytes() {
    BackupManifest last = newest;
    return last == null ? chunkBytes : last.chunkBytes();
  }

  /** Finds out what the directory holds. */
  private void look(BackupCut cut) throws IOException {
    newest = null;
    fullChunks = Sha256.digest();
    fullCount = 0;
    lastChunk = Sha256.digest();
    lastBytes = 0;
    BackupDirectory.Identity identity = directory.identity();
    if (identity == null) {
      directory.create(new BackupDirectory.Identity(cut.log().logId(), chunkBytes));
      return;
    }
    directory.createParts();
    if (!identity.logId().equals(cut.log().logId())) {
      throw new BackupException(
          "%s holds the log %s, the node has the log %s (a restored node has a log of its own);"
                  .formatted(path, identity.logId(), cut.log().logId())
              + " use another directory");
    }
    if (identity.chunkBytes() != chunkBytes) {
      throw new BackupException(
          "%s has chunks of %d bytes; this version makes %d"
              .formatted(path, identity.chunkBytes(), chunkBytes));
    }
    List<Long> manifests = directory.manifests();
    if (!manifests.isEmpty()) {
      newest = newestOf(manifests);
    }
  }

  private BackupManifest newestOf(List<Long> manifests) throws IOException {
    try {
      return directory.manifest(manifests.getLast());
    } catch (BackupException e) {
      throw new BackupException(
          e.getMessage() + "; delete this manifest and run the backup again", e);
    }
  }

  /** The node's log must continue what the directory holds. */
  private void checkContinues(BackupCut cut) throws IOException {
    BackupManifest last = newest;
    long position = cut.log().position();
    if (last != null) {
      checkPartitions(last.cut(), cut);
      if (position < last.position()) {
        throw wentBack("it ends at position " + position + ", the backup at " + last.position());
      }
    }
    long full = position / chunkBytes;
    if (directory.hash(full) != null) {
      throw wentBack("it ends at position " + position + ", the directory holds more");
    }
    compareEnd(cut);
  }

  private void checkPartitions(BackupCut before, BackupCut now) {
    Map<PartitionId, PartitionCut> present = new HashMap<>();
    for (PartitionCut partition : now.log().partitions()) {
      present.put(partition.id(), partition);
    }
    for (PartitionCut partition : before.log().partitions()) {
      PartitionCut same = present.get(partition.id());
      if (same == null
          || same.endOffset() < partition.endOffset()
          || !same.lineages().equals(partition.lineages())) {
        throw wentBack("partition " + partition.id() + " does not continue what was copied");
      }
    }
  }

  private BackupException wentBack(String why) {
    return new BackupException(
        "the node's log is not the one that %s was made from, or was put back to an older state: %s;"
                .formatted(path, why)
            + " use another directory");
  }

  /** Bytes that both have are equal; the last ones stand for all, since batches are chained. */
  private void compareEnd(BackupCut cut) throws IOException {
    BackupManifest last = newest;
    if (last == null || last.position() == 0) {
      return;
    }
    long end = last.position();
    long index = (end - 1) / chunkBytes;
    long from = Math.max(end - COMPARED_BYTES, index * chunkBytes);
    ByteBuffer here = ByteBuffer.allocate((int) (end - from));
    if (!readChunk(index, from % chunkBytes, here)) {
      return; // it is copied again
    }
    ByteBuffer there = ByteBuffer.allocate(here.capacity());
    readAll(cut, from, there);
    if (here.mismatch(there) < 0) {
      return;
    }
    String hash = index < last.fullChunks() ? directory.hash(index) : last.lastChunkSha256();
    if (hash != null && digestOf(index, end - index * chunkBytes, hash) != null) {
      throw wentBack("its bytes before position " + end + " differ");
    }
    throw new BackupException(
        "%s is damaged: it is not what its SHA-256 says; delete it and run the backup again"
            .formatted(directory.chunk(index)));
  }

  /** The digest of a chunk's first bytes; null if the file does not have this hash there. */
  private @Nullable MessageDigest digestOf(long index, long bytes, String hash) throws IOException {
    MessageDigest digest = Sha256.digest();
    for (long at = 0; at < bytes; ) {
      ByteBuffer part = ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, bytes - at));
      if (!readChunk(index, at, part)) {
        return null;
      }
      digest.update(buffer, 0, part.limit());
      at += part.limit();
    }
    return hash.equals(Sha256.hex(Sha256.soFar(digest))) ? digest : null;
  }

  /** Fills the buffer from a chunk's file and flips it; false if the file has not so much. */
  private boolean readChunk(long index, long at, ByteBuffer into) throws IOException {
    try (LogFiles.LogFile in = directory.files().openForReading(directory.chunk(index))) {
      int start = into.position();
      while (into.hasRemaining()) {
        if (in.read(into, at + into.position() - start) < 0) {
          return false;
        }
      }
      into.flip();
      return true;
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      return false;
    }
  }

  private void readAll(BackupCut cut, long position, ByteBuffer into) throws IOException {
    int start = into.position();
    while (into.hasRemaining()) {
      int read = source.read(cut, position + into.position() - start, into);
      if (read <= 0) {
        throw new IOException("the node gave no bytes at position " + position);
      }
    }
    into.flip();
  }

  private void copy(BackupCut cut, Progress progress) throws IOException {
    long end = cut.log().position();
    progress.at(Math.min(end, fullCount * chunkBytes + lastBytes), end);
    while (fullCount < end / chunkBytes) {
      long index = fullCount;
      String hash = hashOfWhole(index);
      if (hash == null) {
        copyChunk(cut, index, chunkBytes, progress);
        hash = Sha256.hex(Sha256.soFar(lastChunk));
        directory.writeHash(index, hash);
      }
      fullChunks.update(HexFormat.of().parseHex(hash));
      fullCount++;
      lastChunk = Sha256.digest();
      lastBytes = 0;
      progress.at(fullCount * chunkBytes, end);
    }
    if (end % chunkBytes > 0) {
      copyChunk(cut, fullCount, end % chunkBytes, progress);
      directory.forceChunks();
    }
  }

  /** The hash of a chunk that is there in full; null if it must be copied. */
  private @Nullable String hashOfWhole(long index) throws IOException {
    String hash = directory.hash(index);
    if (hash == null) {
      return null;
    }
    try (LogFiles.LogFile in = directory.files().openForReading(directory.chunk(index))) {
      return in.sizeBytes() == chunkBytes ? hash : null;
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      return null;
    }
  }

  /** Continues a chunk, which is the last one so far, up to a length. */
  private void copyChunk(BackupCut cut, long index, long length, Progress progress)
      throws IOException {
    BackupManifest last = newest;
    if (lastBytes == 0 && last != null && last.fullChunks() == index) {
      long bytes = last.position() % chunkBytes;
      MessageDigest digest = digestOf(index, bytes, last.lastChunkSha256());
      if (digest != null) {
        lastChunk = digest;
        lastBytes = bytes;
      }
    }
    if (lastBytes == length) {
      return;
    }
    try (LogFiles.LogFile out = openChunk(index)) {
      while (lastBytes < length) {
        ByteBuffer part =
            ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, length - lastBytes));
        int read = source.read(cut, index * chunkBytes + lastBytes, part);
        if (read <= 0) {
          throw new IOException("the node gave no bytes at position " + lastBytes);
        }
        out.write(ByteBuffer.wrap(buffer, 0, read), lastBytes);
        lastChunk.update(buffer, 0, read);
        lastBytes += read;
        copiedBytes += read;
        progress.at(index * chunkBytes + lastBytes, cut.log().position());
      }
      out.force();
    }
  }

  private LogFiles.LogFile openChunk(long index) throws IOException {
    Path file = directory.chunk(index);
    try {
      return directory.files().openForWriting(file);
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      return directory.files().create(file);
    }
  }

  /** Lets go of the directory. */
  @Override
  public void close() throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
