package io.thalweg.log.backup;

import io.thalweg.host.Host;
import io.thalweg.log.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
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

  static final int READ_BYTES = 4 << 20;

  /** While archiving the node is told this often how far it is. */
  private static final long HOLD_EVERY_US = TimeUnit.SECONDS.toMicros(10);

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
  private final BaseCheck baseCheck;
  private final KeyCopy keys;
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
  private @Nullable UUID id;
  private @Nullable BackupBase base;
  private long heldUs;

  BackupRun(
      LogFiles files,
      Path path,
      BackupSource source,
      long chunkBytes,
      BaseCheck baseCheck,
      @Nullable BackupLock lock) {
    this.directory = new BackupDirectory(files, path);
    this.keys = new KeyCopy(directory, source);
    this.path = path;
    this.source = source;
    this.chunkBytes = chunkBytes;
    this.baseCheck = baseCheck;
    this.lock = lock;
  }

  /**
   * Takes a directory for backups, which is made if it is not there, and locks it.
   *
   * @param baseCheck reads the files of a base once they were copied
   * @throws BackupException if it is something else, or another backup is writing to it
   */
  public static BackupRun open(Path path, BackupSource source, BaseCheck baseCheck)
      throws IOException {
    new BackupDirectory(LogFiles.disk(), path).identity();
    return new BackupRun(
        LogFiles.disk(), path, source, CHUNK_BYTES, baseCheck, BackupLock.take(path));
  }

  /**
   * As {@link #open}, on files of the caller's, who sees to it that no other backup writes to the
   * directory meanwhile.
   *
   * @param chunkBytes length of a chunk of a directory that is begun now
   */
  public static BackupRun on(
      LogFiles files, Path path, BackupSource source, long chunkBytes, BaseCheck baseCheck)
      throws IOException {
    files.createDirectories(path);
    return new BackupRun(files, path, source, chunkBytes, baseCheck, null);
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
      keys.run();
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

  private BackupManifest run(BackupCut first, boolean archived, Progress progress)
      throws IOException {
    boolean wasKnown = known;
    known = false;
    BackupCut cut = first;
    if (!wasKnown) {
      look(first);
      new SameLog(directory, source, first, basePosition()).check(newest, chunkBytes);
      cut = claim();
    }
    new SameLog(directory, source, cut, basePosition()).check(newest, chunkBytes);
    copy(cut, progress);
    // After the cut was taken, and before there is a manifest: see KeyCopy.
    String keysId = keys.run();
    BackupManifest last = newest;
    BackupManifest made =
        new BackupManifest(
            last == null ? 1 : last.number() + 1,
            archived,
            cut,
            chunkBytes(),
            Sha256.hex(Sha256.soFar(fullChunks)),
            Sha256.hex(Sha256.soFar(lastChunk)),
            keysId);
    directory.write(made);
    newest = made;
    if (!archived || cut.timeUs() - heldUs >= HOLD_EVERY_US) {
      hold(made);
      heldUs = cut.timeUs();
    }
    known = true;
    return made;
  }

  /**
   * Has the node keep what is not here yet; finds out with what the directory begins, if it holds
   * nothing.
   *
   * @return a cut that was made after that: what it says of the log's beginning stays so
   */
  private BackupCut claim() throws IOException {
    hold(newest);
    BackupCut cut = source.cut();
    if (base == null && cut.log().start() > 0 && directory.holdsNoLog()) {
      BaseCopy copy = new BaseCopy(directory, source, baseCheck);
      base = copy.run();
      copiedBytes += copy.copiedBytes();
      fullCount = basePosition() / chunkBytes;
      // All that the base stands on is durable, and so below a cut that is made now.
      cut = source.cut();
    }
    return cut;
  }

  /** The node keeps what is behind a backup, and of what is in it what {@link SameLog} compares. */
  private void hold(@Nullable BackupManifest manifest) throws IOException {
    BackupDirectory.Identity identity = directory.identity();
    if (identity != null) {
      long position = manifest == null ? 0 : manifest.position() - SameLog.COMPARED_BYTES;
      source.hold(readerName(), "backup in " + path, identity.logId(), Math.max(0, position));
    }
  }

  /** The name under which a node keeps what this directory does not hold yet. */
  private String readerName() {
    return "backup-" + id;
  }

  /**
   * The node need not keep anything for this directory any more: no backup will be made to it.
   *
   * @throws IOException if the node cannot be reached
   */
  public void release() throws IOException {
    source.release(readerName());
  }

  private long basePosition() {
    BackupBase present = base;
    return present == null ? 0 : present.position();
  }

  private long chunkBytes() {
    BackupManifest last = newest;
    return last == null ? chunkBytes : last.chunkBytes();
  }

  /** Finds out what the directory holds. */
  private void look(BackupCut cut) throws IOException {
    newest = null;
    base = null;
    fullChunks = Sha256.digest();
    fullCount = 0;
    lastChunk = Sha256.digest();
    lastBytes = 0;
    BackupDirectory.Identity identity = directory.identity();
    if (identity == null) {
      id = Host.machine().newUuid();
      directory.create(new BackupDirectory.Identity(cut.log().logId(), chunkBytes, id));
      return;
    }
    directory.createParts();
    SameLog.checkIdentity(path, identity.logId(), cut);
    if (identity.chunkBytes() != chunkBytes) {
      throw new BackupException(
          "%s has chunks of %d bytes; this version makes %d"
              .formatted(path, identity.chunkBytes(), chunkBytes));
    }
    id = identity.id();
    if (id == null) {
      id = Host.machine().newUuid();
      directory.create(new BackupDirectory.Identity(identity.logId(), chunkBytes, id));
    }
    base = directory.base();
    fullCount = basePosition() / chunkBytes;
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

  private void copy(BackupCut cut, Progress progress) throws IOException {
    long end = cut.log().position();
    progress.at(Math.min(end, fullCount * chunkBytes + lastBytes), end);
    while (fullCount < end / chunkBytes) {
      long index = fullCount;
      String hash = directory.hashOfWhole(index, chunkBytes);
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

  /** Continues a chunk, which is the last one so far, up to a length. */
  private void copyChunk(BackupCut cut, long index, long length, Progress progress)
      throws IOException {
    BackupManifest last = newest;
    if (lastBytes == 0 && last != null && last.fullChunks() == index) {
      long bytes = last.position() % chunkBytes;
      MessageDigest digest = directory.digestOf(index, bytes, last.lastChunkSha256());
      if (digest != null) {
        lastChunk = digest;
        lastBytes = bytes;
      }
    }
    long begins = basePosition() - index * chunkBytes;
    if (lastBytes < begins) {
      // Before the log's beginning there is nothing: the file has a hole there.
      lastChunk = Sha256.digest();
      Sha256.zeros(lastChunk, begins);
      lastBytes = begins;
    }
    if (lastBytes == length) {
      return;
    }
    long position = index * chunkBytes + lastBytes;
    if (position < cut.log().start()) {
      throw new BackupException(
          "%s holds the log up to position %d, and the node has removed what was before %d: it was not kept for this directory; use another one"
              .formatted(path, position, cut.log().start()));
    }
    try (LogFiles.LogFile out = directory.openChunk(index)) {
      while (lastBytes < length) {
        ByteBuffer part =
            ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, length - lastBytes));
        int read = source.read(cut, index * chunkBytes + lastBytes, part);
        if (read <= 0) {
          throw new IOException(
              "the node gave no bytes at position " + (index * chunkBytes + lastBytes));
        }
        write(out, index, read);
        lastChunk.update(buffer, 0, read);
        lastBytes += read;
        copiedBytes += read;
        progress.at(index * chunkBytes + lastBytes, cut.log().position());
      }
      write(out, index, 0);
    }
  }

  /** Writes what was read behind what the chunk has; nothing more to write makes it durable. */
  private void write(LogFiles.LogFile out, long index, int bytes) throws IOException {
    try {
      if (bytes == 0) {
        out.force();
      } else {
        out.write(ByteBuffer.wrap(buffer, 0, bytes), lastBytes);
      }
    } catch (IOException e) {
      // What the system says, such as that the disk is full, names no file.
      throw new IOException("cannot write " + directory.chunk(index) + ": " + e.getMessage(), e);
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
