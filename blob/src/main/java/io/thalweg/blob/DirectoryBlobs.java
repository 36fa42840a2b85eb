package io.thalweg.blob;

import io.thalweg.blob.BlobException.Reason;
import io.thalweg.host.Host;
import io.thalweg.log.LogFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs in a directory. Several processes of one machine may share it.
 *
 * <pre>
 *   blobs/ab/abcd...   the bytes of a blob as they are, under its id
 *   refs/              see {@link DirectoryRefs}
 *   unfinished/        see {@link Unfinished}
 * </pre>
 *
 * <p>A blob is written to an unfinished file, which is forced, and is then given its name; the
 * directory is forced before {@link #put} returns. So a name stands for all bytes of its blob, and
 * what a crash leaves is an unfinished file, which the next open deletes.
 */
public final class DirectoryBlobs implements BlobStore {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryBlobs.class);
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int FOLDERS = 256;

  /** The bound of a blob if none is given: 64 GiB. */
  public static final long DEFAULT_MAX_BLOB_BYTES = 64L << 30;

  private final LogFiles files;
  private final Path blobs;
  private final long maxBlobBytes;
  private final Unfinished unfinished;
  private final DirectoryRefs refs;
  private final BlobCounts counts = new BlobCounts();

  private DirectoryBlobs(
      LogFiles files, DirectoryLocks locks, Host host, Path directory, long maxBlobBytes)
      throws IOException {
    if (maxBlobBytes < 1) {
      throw new IllegalArgumentException("maxBlobBytes must be at least 1; got " + maxBlobBytes);
    }
    this.files = files;
    this.blobs = directory.resolve("blobs");
    this.maxBlobBytes = maxBlobBytes;
    files.createDirectories(blobs);
    this.unfinished = new Unfinished(files, locks, directory.resolve("unfinished"), host.newUuid());
    try {
      this.refs =
          new DirectoryRefs(files, locks, host, directory.resolve("refs"), unfinished, counts);
      List<String> present = files.list(blobs);
      for (int i = 0; i < FOLDERS; i++) {
        String folder = folder(i);
        if (!present.contains(folder)) {
          files.createDirectories(blobs.resolve(folder));
        }
      }
      files.forceDirectory(blobs);
      files.forceDirectory(directory);
    } catch (IOException | RuntimeException e) {
      unfinished.close();
      throw e;
    }
  }

  /** Opens a directory, which is made if it is not there, for blobs of at most 64 GiB. */
  public static DirectoryBlobs open(Path directory) throws IOException {
    return open(directory, DEFAULT_MAX_BLOB_BYTES);
  }

  /**
   * As {@link #open(Path)}.
   *
   * @param maxBlobBytes the longest blob, at least 1
   */
  public static DirectoryBlobs open(Path directory, long maxBlobBytes) throws IOException {
    return new DirectoryBlobs(
        LogFiles.disk(), new DirectoryLocks.OfDisk(), Host.machine(), directory, maxBlobBytes);
  }

  /** On files of another kind, such as simulated ones, which nobody else uses. */
  public static DirectoryBlobs on(LogFiles files, Host host, Path directory) throws IOException {
    return new DirectoryBlobs(files, DirectoryLocks.NONE, host, directory, DEFAULT_MAX_BLOB_BYTES);
  }

  private static String folder(int number) {
    return String.format(Locale.ROOT, "%02x", number);
  }

  private Path folderOf(BlobId id) {
    return blobs.resolve(id.hex().substring(0, 2));
  }

  private Path fileOf(BlobId id) {
    return folderOf(id).resolve(id.hex());
  }

  @Override
  public Blob put(InputStream content) throws IOException {
    Path temporary = unfinished.newFile();
    boolean named = false;
    try {
      Blob blob = write(content, temporary);
      // Also over one that is there: it may be damaged, or its name not durable yet.
      files.rename(temporary, fileOf(blob.id()));
      named = true;
      files.forceDirectory(folderOf(blob.id()));
      return counts.put(blob);
    } finally {
      if (!named) {
        discard(files, temporary);
      }
    }
  }

  static void discard(LogFiles files, Path temporary) {
    try {
      files.deleteIfExists(temporary);
    } catch (IOException e) {
      LOG.warn("an unfinished file stays until the next open: {}", e.toString());
    }
  }

  private Blob write(InputStream content, Path temporary) throws IOException {
    MessageDigest digest = BlobId.sha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    long at = 0;
    try (LogFiles.LogFile out = files.create(temporary)) {
      for (int n; (n = content.readNBytes(buffer, 0, buffer.length)) > 0; ) {
        if (at + n > maxBlobBytes) {
          throw counts.failure(
              Reason.REFUSED,
              "a blob must have at most %,d bytes; got more".formatted(maxBlobBytes));
        }
        digest.update(buffer, 0, n);
        out.write(ByteBuffer.wrap(buffer, 0, n), at);
        at += n;
      }
      out.force();
    }
    return new Blob(BlobId.ofDigest(digest.digest()), at);
  }

  @Override
  public InputStream get(BlobId id) throws IOException {
    LogFiles.LogFile file = openFile(id);
    try {
      long size = file.sizeBytes();
      return new VerifiedStream(new FileStream(file, 0), id, size, true, counts);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public InputStream get(BlobId id, long from, long length) throws IOException {
    LogFiles.LogFile file = openFile(id);
    try {
      long size = file.sizeBytes();
      if (from < 0 || length < 0 || from > size - length) {
        throw counts.failure(
            Reason.REFUSED,
            "range of blob %s must be within its %,d bytes; got %,d bytes from %,d on"
                .formatted(id, size, length, from));
      }
      return new VerifiedStream(new FileStream(file, from), id, length, length == size, counts);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private LogFiles.LogFile openFile(BlobId id) throws IOException {
    try {
      return files.openForReading(fileOf(id));
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw BlobException.noBlob(id);
    }
  }

  @Override
  public OptionalLong sizeOf(BlobId id) throws IOException {
    try (LogFiles.LogFile file = files.openForReading(fileOf(id))) {
      return OptionalLong.of(file.sizeBytes());
    } catch (NoSuchFileException | FileNotFoundException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public List<Blob> list(String prefix, @Nullable BlobId after, int most) throws IOException {
    BlobBounds.checkBlobs(prefix, most, counts);
    List<Blob> page = new ArrayList<>();
    for (int i = 0; i < FOLDERS && page.size() < most; i++) {
      String folder = folder(i);
      boolean before = after != null && folder.compareTo(after.hex().substring(0, 2)) < 0;
      if (before || !folder.startsWith(prefix.substring(0, Math.min(2, prefix.length())))) {
        continue;
      }
      List<String> names =
          files.list(blobs.resolve(folder)).stream()
              .filter(name -> BlobId.isId(name) && name.startsWith(prefix))
              .filter(name -> after == null || name.compareTo(after.hex()) > 0)
              .sorted()
              .toList();
      for (String name : names) {
        BlobId id = new BlobId(name);
        OptionalLong size = page.size() < most ? sizeOf(id) : OptionalLong.empty();
        if (size.isPresent()) {
          page.add(new Blob(id, size.getAsLong()));
        }
      }
    }
    return page;
  }

  @Override
  public void delete(BlobId id) throws IOException {
    files.deleteIfExists(fileOf(id));
    files.forceDirectory(folderOf(id));
  }

  @Override
  public Optional<BlobRef> ref(String name) throws IOException {
    return refs.read(name);
  }

  @Override
  public BlobRef replaceRef(String name, @Nullable String expectedVersion, byte[] value)
      throws IOException {
    return refs.replace(name, expectedVersion, value);
  }

  @Override
  public void deleteRef(String name) throws IOException {
    refs.delete(name);
  }

  @Override
  public List<String> listRefs(String prefix, String after, int most) throws IOException {
    return refs.list(prefix, after, most);
  }

  @Override
  public BlobCounts counts() {
    return counts;
  }

  @Override
  public void close() {
    try {
      unfinished.close();
    } catch (IOException e) {
      LOG.warn("a directory of blobs was not closed well: {}", e.toString());
    }
  }

  /** A file from a place on. */
  private static final class FileStream extends InputStream {
    private final LogFiles.LogFile file;
    private long at;

    FileStream(LogFiles.LogFile file, long from) {
      this.file = file;
      this.at = from;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
      int n = file.read(ByteBuffer.wrap(into, offset, count), at);
      if (n > 0) {
        at += n;
      }
      return n;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
