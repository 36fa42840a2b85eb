package io.thalweg.blob;

import io.thalweg.blob.BlobException.Reason;
import io.thalweg.host.Host;
import io.thalweg.log.LogFiles;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * References in a directory, a file each: its name with {@code %} for {@code /}, and {@code .ref}.
 *
 * <p>Whoever reads or replaces one holds {@code refs/lock} meanwhile. So what is read is durable:
 * nobody sees a value that a loss of power could take back. Thread-safe.
 */
final class DirectoryRefs {
  private static final String SUFFIX = ".ref";

  private final LogFiles files;
  private final DirectoryLocks locks;
  private final Host host;
  private final Path directory;
  private final Unfinished unfinished;
  private final BlobCounts counts;

  DirectoryRefs(
      LogFiles files,
      DirectoryLocks locks,
      Host host,
      Path directory,
      Unfinished unfinished,
      BlobCounts counts)
      throws IOException {
    this.files = files;
    this.locks = locks;
    this.host = host;
    this.directory = directory;
    this.unfinished = unfinished;
    this.counts = counts;
    files.createDirectories(directory);
  }

  private Closeable lock() throws IOException {
    return locks.lock(directory.resolve("lock"));
  }

  private Path fileOf(String name) {
    return directory.resolve(name.replace('/', '%') + SUFFIX);
  }

  Optional<BlobRef> read(String name) throws IOException {
    BlobBounds.checkRefName(name, counts);
    try (Closeable _ = lock()) {
      return present(name);
    }
  }

  private Optional<BlobRef> present(String name) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(fileOf(name))) {
      long size = in.sizeBytes();
      if (size > BlobRef.MAX_ENCODED_BYTES) {
        throw new IllegalArgumentException("reference " + name + " has " + size + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining()) {
        if (in.read(bytes, bytes.position()) < 0) {
          throw new IllegalArgumentException("reference " + name + " became shorter");
        }
      }
      BlobRef found = BlobRef.decode(name, bytes.array());
      // A process that was killed may have given the name without forcing it.
      files.forceDirectory(directory);
      return Optional.of(found);
    } catch (NoSuchFileException | FileNotFoundException e) {
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      throw counts.failure(Reason.DAMAGED, String.valueOf(e.getMessage()));
    }
  }

  BlobRef replace(String name, @Nullable String expectedVersion, byte[] value) throws IOException {
    BlobBounds.checkRefName(name, counts);
    BlobBounds.checkRefValue(value, counts);
    BlobRef made = new BlobRef(name, host.newUuid().toString(), value);
    Path temporary = unfinished.newFile();
    boolean named = false;
    try (Closeable _ = lock()) {
      String found = present(name).map(BlobRef::version).orElse(null);
      if (found == null ? expectedVersion != null : !found.equals(expectedVersion)) {
        throw counts.failure(Reason.CONFLICT, conflict(name, expectedVersion, found));
      }
      try (LogFiles.LogFile out = files.create(temporary)) {
        out.write(ByteBuffer.wrap(made.encode()), 0);
        out.force();
      }
      files.rename(temporary, fileOf(name));
      named = true;
      files.forceDirectory(directory);
      return made;
    } finally {
      if (!named) {
        DirectoryBlobs.discard(files, temporary);
      }
    }
  }

  static String conflict(String name, @Nullable String expected, @Nullable String found) {
    return "reference %s is %s, not %s; read it again"
        .formatted(
            name,
            found == null ? "not there" : "at version " + found,
            expected == null ? "absent" : "at version " + expected);
  }

  void delete(String name) throws IOException {
    BlobBounds.checkRefName(name, counts);
    try (Closeable _ = lock()) {
      files.deleteIfExists(fileOf(name));
      files.forceDirectory(directory);
    }
  }

  List<String> list(String prefix, String after, int most) throws IOException {
    BlobBounds.checkRefs(prefix, after, most, counts);
    return files.list(directory).stream()
        .filter(name -> name.endsWith(SUFFIX))
        .map(name -> name.substring(0, name.length() - SUFFIX.length()).replace('%', '/'))
        .filter(name -> name.startsWith(prefix) && name.compareTo(after) > 0)
        .sorted()
        .limit(most)
        .toList();
  }
}
