package io.thalweg.log.backup;

import io.thalweg.log.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of a backup directory, see the package's page. Holds nothing open.
 *
 * <p>A file that must be whole is written under a temporary name, forced and renamed.
 */
final class BackupDirectory {
  static final String LOCK = "backup.lock";
  private static final String BASE = "base.json";
  private static final String IDENTITY = "backup.json";
  private static final int FORMAT = 1;
  private static final Pattern MANIFEST = Pattern.compile("\\d{10}\\.json");
  private static final int MAX_FILE_BYTES = 256 << 20;
  private static final int HASHED_BYTES = 1 << 20;

  /**
   * What a directory is a backup of.
   *
   * @param id of the directory; null in one that an early version made
   */
  record Identity(UUID logId, long chunkBytes, @Nullable UUID id) {}

  private final LogFiles files;
  private final Path path;

  BackupDirectory(LogFiles files, Path path) {
    this.files = files;
    this.path = path;
  }

  Path path() {
    return path;
  }

  LogFiles files() {
    return files;
  }

  /** What it holds; null if it is not there or empty. */
  @Nullable Identity identity() throws IOException {
    List<String> names = names(path);
    if (!names.contains(IDENTITY)) {
      for (String name : names) {
        if (!name.equals(LOCK) && !name.equals(IDENTITY + ".tmp")) {
          throw new BackupException(
              "%s is no backup directory: it holds %s and no %s".formatted(path, name, IDENTITY));
        }
      }
      return null;
    }
    Path file = path.resolve(IDENTITY);
    Json in = SealedJson.decode(read(file), file.toString());
    if (in.number("format") != FORMAT) {
      throw in.bad(
          "format %d is not known here; this version reads format %d"
              .formatted(in.number("format"), FORMAT));
    }
    try {
      UUID id = in.fields().get("id") instanceof String text ? UUID.fromString(text) : null;
      return new Identity(UUID.fromString(in.text("logId")), in.number("chunkBytes"), id);
    } catch (IllegalArgumentException e) {
      throw in.bad("'logId' or 'id' is no identity");
    }
  }

  private List<String> names(Path directory) throws IOException {
    try {
      return files.list(directory);
    } catch (java.nio.file.NoSuchFileException e) {
      return List.of();
    } catch (java.nio.file.NotDirectoryException e) {
      throw new BackupException(directory + " is a file, not a backup directory", e);
    }
  }

  /** Makes an empty directory a backup of a log. */
  void create(Identity identity) throws IOException {
    files.createDirectories(path);
    write(
        path.resolve(IDENTITY),
        SealedJson.encode(out -> {
          out.writeNumberField("format", FORMAT);
          out.writeStringField("logId", identity.logId().toString());
          out.writeNumberField("chunkBytes", identity.chunkBytes());
          if (identity.id() != null) {
            out.writeStringField("id", identity.id().toString());
          }
        }));
    createParts();
  }

  /** Makes the directories in it, after the file that says what it is. */
  void createParts() throws IOException {
    files.createDirectories(path.resolve("log"));
    files.createDirectories(path.resolve("manifests"));
    files.forceDirectory(path);
  }

  /** Whether no byte of a log was copied to it yet. */
  boolean holdsNoLog() throws IOException {
    return names(path.resolve("log")).isEmpty() && manifests().isEmpty();
  }

  /** Where the files of the base are. */
  Path basePath() {
    return path.resolve("base");
  }

  Path baseFile(String name) {
    return basePath().resolve(name);
  }

  /** What the backup begins with; null if it begins at position 0. */
  @Nullable BackupBase base() throws IOException {
    if (!names(basePath()).contains(BASE)) {
      return null;
    }
    Path file = basePath().resolve(BASE);
    Json in = SealedJson.decode(read(file), file.toString());
    if (in.number("format") != FORMAT) {
      throw in.bad(
          "format %d is not known here; this version reads format %d"
              .formatted(in.number("format"), FORMAT));
    }
    return BackupBase.read(in);
  }

  void writeBase(BackupBase base) throws IOException {
    files.createDirectories(basePath());
    write(
        basePath().resolve(BASE),
        SealedJson.encode(out -> {
          out.writeNumberField("format", FORMAT);
          base.writeFields(out);
        }));
    files.forceDirectory(path);
  }

  LogFiles.LogFile createInFolders(Path file) throws IOException {
    Path parent = file.getParent();
    if (parent != null) {
      files.createDirectories(parent);
    }
    return files.create(file);
  }

  /** Makes the name of a file of the base durable, and those of the folders above it. */
  void forceFolders(Path file) throws IOException {
    for (Path at = file.getParent(); at != null && at.startsWith(path); at = at.getParent()) {
      files.forceDirectory(at);
    }
  }

  /**
   * Reads a file of the base in full.
   *
   * @throws BackupException if it is not what the base says
   */
  void checkBaseFile(BackupBase.Item item) throws IOException {
    Path file = baseFile(item.name());
    MessageDigest digest = Sha256.digest();
    long at = 0;
    try (LogFiles.LogFile in = files.openForReading(file)) {
      ByteBuffer part = ByteBuffer.allocate(HASHED_BYTES);
      while (in.read(part.clear(), at) > 0) {
        at += part.position();
        digest.update(part.flip());
      }
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      throw new BackupException("the backup is damaged: " + file + " is missing", e);
    }
    if (at != item.bytes() || !Sha256.hex(digest.digest()).equals(item.sha256())) {
      throw new BackupException(
          "the backup is damaged: %s does not have the SHA-256 that %s says"
              .formatted(file, basePath().resolve(BASE)));
    }
  }

  /** Makes the names of chunks durable. */
  void forceChunks() throws IOException {
    files.forceDirectory(path.resolve("log"));
  }

  /** The numbers of the manifests, ascending. */
  List<Long> manifests() throws IOException {
    return names(path.resolve("manifests")).stream()
        .filter(name -> MANIFEST.matcher(name).matches())
        .map(name -> Long.parseLong(name, 0, 10, 10))
        .sorted()
        .toList();
  }

  BackupManifest manifest(long number) throws IOException {
    Path file = manifestFile(number);
    try {
      return BackupManifest.decode(read(file), number, file.toString());
    } catch (IllegalArgumentException e) {
      throw new BackupException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  void write(BackupManifest manifest) throws IOException {
    write(manifestFile(manifest.number()), manifest.encode());
  }

  void deleteManifest(long number) throws IOException {
    files.deleteIfExists(manifestFile(number));
  }

  Path manifestFile(long number) {
    return path.resolve("manifests").resolve("%010d.json".formatted(number));
  }

  Path chunk(long index) {
    return path.resolve("log").resolve("%010d.chunk".formatted(index));
  }

  Path hashFile(long index) {
    return path.resolve("log").resolve("%010d.sha256".formatted(index));
  }

  /** The hash of a full chunk, hexadecimal; null if the chunk is not known to be full. */
  @Nullable String hash(long index) throws IOException {
    Path file = hashFile(index);
    byte[] bytes;
    try {
      bytes = read(file);
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      return null;
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String hash = text.length() < 64 ? "" : text.substring(0, 64);
    if (!hash.matches("[0-9a-f]{64}") || !text.equals(hashLine(hash, index))) {
      throw new BackupException(file + " is damaged: it is not one line of a hash and a name");
    }
    return hash;
  }

  /** The hash of a chunk that is there in full; null if it must be copied. */
  @Nullable String hashOfWhole(long index, long chunkBytes) throws IOException {
    String hash = hash(index);
    if (hash == null) {
      return null;
    }
    try (LogFiles.LogFile in = files.openForReading(chunk(index))) {
      return in.sizeBytes() == chunkBytes ? hash : null;
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      return null;
    }
  }

  /** The digest of a chunk's first bytes; null if the file does not have this hash there. */
  @Nullable MessageDigest digestOf(long index, long bytes, String hash) throws IOException {
    MessageDigest digest = Sha256.digest();
    for (long at = 0; at < bytes; ) {
      ByteBuffer part = ByteBuffer.allocate((int) Math.min(HASHED_BYTES, bytes - at));
      if (!readChunk(index, at, part)) {
        return null;
      }
      at += part.limit();
      digest.update(part);
    }
    return hash.equals(Sha256.hex(Sha256.soFar(digest))) ? digest : null;
  }

  /** Fills the buffer from a chunk's file and flips it; false if the file has not so much. */
  boolean readChunk(long index, long at, ByteBuffer into) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(chunk(index))) {
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

  /** Opens a chunk for writing; it may be there. */
  LogFiles.LogFile openChunk(long index) throws IOException {
    Path file = chunk(index);
    try {
      return files.openForWriting(file);
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      return files.create(file);
    }
  }

  void writeHash(long index, String hash) throws IOException {
    write(hashFile(index), hashLine(hash, index).getBytes(StandardCharsets.ISO_8859_1));
  }

  private String hashLine(String hash, long index) {
    return hash + "  " + chunk(index).getFileName() + "\n";
  }

  private void write(Path file, byte[] bytes) throws IOException {
    replace(file, bytes);
    Path parent = file.getParent();
    if (parent != null) {
      files.forceDirectory(parent);
    }
  }

  /** Writes a file in one step; its name is durable when its directory was forced. */
  void replace(Path file, byte[] bytes) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (LogFiles.LogFile out = files.create(temporary)) {
      out.write(ByteBuffer.wrap(bytes), 0);
      out.force();
    }
    files.rename(temporary, file);
  }

  byte[] read(Path file) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(file)) {
      long size = in.sizeBytes();
      if (size > MAX_FILE_BYTES) {
        throw new BackupException(file + " is damaged: it has " + size + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining()) {
        if (in.read(bytes, bytes.position()) < 0) {
          throw new IOException(file + " became shorter while it was read");
        }
      }
      return bytes.array();
    }
  }
}
