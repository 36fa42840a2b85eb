package io.thalweg.runtime;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.thalweg.log.LogFiles;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.keys.DirectoryKeys;
import io.thalweg.state.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's directory, held by a file lock while the node is open.
 *
 * <pre>
 *   thalweg.lock     locked by the process that holds the directory; says which one
 *   node.properties  format of the directory, partitions of each service, a CRC32C of both
 *   log/             the segment log: the system of record
 *   state/           RocksDB: derived, may be deleted while the node is stopped
 *   checkpoints/     rows at an offset, see {@link io.thalweg.runtime.checkpoint.Checkpoints};
 *                    needed where the log does not begin at offset 0
 *   keys/            keys of what is sealed, see {@link DirectoryKeys}; made with the first of them.
 *                    Without it what is sealed is lost, so its identity stands in node.properties
 *   readers/         where registered readers of the log stand, see {@link LogReaders}
 *   moved            there if the data were brought to a cluster, or are being: see {@link MoveMark}
 *   rebuild/         tables that are made again, see {@link RebuildDirectory}
 *   scratch/         rows that are being compared; may be deleted while the node is stopped
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);
  private static final String FORMAT_KEY = "format";
  private static final int FORMAT = 1;
  private static final String CHECK_KEY = "check";
  private static final String PARTITIONS_PREFIX = "partitions.";
  private static final String KEYS_KEY = "keys";
  private static final String GIVEN_UP = "keys.given-up";
  private static final int MAX_HOLDER_BYTES = 1024;
  private static final String LOCK = "thalweg.lock";
  private static final String PROPERTIES = "node.properties";

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final Instant since = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  private DataDirectory(Path path, FileChannel lockFile, FileLock lock) {
    this.path = path;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Makes the directory if it is not there, and locks it.
   *
   * @throws DataDirectoryException if another process (or another node in this one) holds it
   */
  public static DataDirectory lock(Path path) {
    try {
      checkUsable(path);
      Files.createDirectories(path);
      FileChannel file = FileChannel.open(path.resolve(LOCK), CREATE, READ, WRITE);
      FileLock lock = tryLock(file);
      if (lock == null) {
        String holder = readHolder(file);
        file.close();
        throw new DataDirectoryException(
            "the data directory %s is in use by %s; stop it first, or use another directory"
                .formatted(path, holder.isEmpty() ? "another process" : holder));
      }
      DataDirectory directory = new DataDirectory(path, file, lock);
      directory.describeHolder("");
      return directory;
    } catch (IOException e) {
      throw new DataDirectoryException("cannot use the data directory " + path + ": " + e, e);
    }
  }

  // Somebody's folder is not taken over by a slip of the hand.
  private static void checkUsable(Path path) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new DataDirectoryException(
          "the data directory " + path + " is a file; name a directory that is empty or not there");
    }
    if (!Files.isDirectory(path)
        || Files.exists(path.resolve(LOCK))
        || Files.exists(path.resolve(PROPERTIES))) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        throw new DataDirectoryException(
            "%s is no data directory: it holds %s; name a directory that is empty or not there"
                .formatted(path, entry.getFileName()));
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String readHolder(FileChannel file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_HOLDER_BYTES);
    file.read(bytes, 0);
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip();
  }

  /** Tells who comes after what this process is: for example where it listens. */
  public void describeHolder(String what) {
    String text =
        "process %d, since %s%s%n"
            .formatted(ProcessHandle.current().pid(), since, what.isEmpty() ? "" : ", " + what);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      lockFile.truncate(0);
      lockFile.write(ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, MAX_HOLDER_BYTES)), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path path() {
    return path;
  }

  /** Where the log is. */
  public Path log() {
    return path.resolve("log");
  }

  /** Where the tables are. */
  public Path state() {
    return path.resolve("state");
  }

  /** Where the checkpoints are. */
  public Checkpoints checkpoints() {
    return new Checkpoints(LogFiles.disk(), path.resolve("checkpoints"));
  }

  /** Where the keys of what is sealed are. */
  public Path keys() {
    return path.resolve("keys");
  }

  /**
   * Opens the keys of what is sealed; to be closed before this directory.
   *
   * @throws DataDirectoryException if those that there were are not there; says how to go on
   */
  DirectoryKeys openKeys() {
    String expected = read().get(KEYS_KEY);
    DirectoryKeys opened;
    try {
      opened = DirectoryKeys.open(keys(), this::remember);
    } catch (StoreException e) {
      throw unreadable(e);
    }
    try {
      check(expected, opened.id());
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void check(@Nullable String expected, @Nullable String found) {
    Path givenUp = path.resolve(GIVEN_UP);
    if (!Objects.equals(expected, found)) {
      if (!Files.exists(givenUp)) {
        checkAre(expected, found);
      }
      if (expected != null) {
        LOG.warn("{}: the keys are given up; what was sealed reads as forgotten", keys());
      }
      remember(found == null ? "" : found);
    }
    try {
      // It is for one loss, not for the next one.
      Files.deleteIfExists(givenUp);
    } catch (IOException e) {
      throw new DataDirectoryException("cannot delete " + givenUp + ": " + e, e);
    }
  }

  /**
   * Reads the keys of what is sealed, and counts them; changes nothing.
   *
   * @throws DataDirectoryException if they are not those that were made here, or cannot be read
   */
  public long countKeys() {
    String expected = read().get(KEYS_KEY);
    try (DirectoryKeys opened = DirectoryKeys.open(keys(), id -> {})) {
      checkAre(expected, opened.id());
      return opened.count();
    } catch (StoreException e) {
      throw unreadable(e);
    }
  }

  private void checkAre(@Nullable String expected, @Nullable String found) {
    if (expected != null && !expected.equals(found)) {
      throw new DataDirectoryException(
          "%s %s; without them nothing that was sealed can be read. %s"
              .formatted(
                  keys(),
                  found == null
                      ? "is missing, which holds keys"
                      : "holds other keys than those that were made here",
                  wayOn()));
    }
  }

  private DataDirectoryException unreadable(StoreException e) {
    return new DataDirectoryException(
        "the keys of what is sealed cannot be read: %s; %s".formatted(e.getMessage(), wayOn()), e);
  }

  private String wayOn() {
    return ("Put %s back from a copy, or restore a backup, which has them; to give up what was"
            + " sealed, make an empty file %s")
        .formatted(keys(), path.resolve(GIVEN_UP));
  }

  private synchronized void remember(String keysId) {
    Map<String, String> properties = read();
    if (keysId.isEmpty()) {
      properties.remove(KEYS_KEY);
    } else {
      properties.put(KEYS_KEY, keysId);
    }
    properties.put(FORMAT_KEY, Integer.toString(FORMAT));
    write(path, properties);
  }

  /**
   * The number of partitions of a service: as it was when the service was first opened here.
   *
   * @param wanted for a service that is new here
   */
  public int partitionsOf(String service, int wanted) {
    Map<String, String> properties = read();
    String key = PARTITIONS_PREFIX + service;
    String present = properties.get(key);
    if (present != null) {
      return number(key, present);
    }
    properties.put(key, Integer.toString(wanted));
    properties.put(FORMAT_KEY, Integer.toString(FORMAT));
    write(path, properties);
    return wanted;
  }

  /**
   * The number of partitions of a service, or 0 if it was never opened here.
   *
   * @throws DataDirectoryException if a newer version has written the directory
   */
  public int partitionsOf(String service) {
    String key = PARTITIONS_PREFIX + service;
    String present = read().get(key);
    return present == null ? 0 : number(key, present);
  }

  /** The number of partitions of every service that was opened here. */
  public Map<String, Integer> partitionsOfAll() {
    Map<String, Integer> all = new TreeMap<>();
    read()
        .forEach((key, value) -> {
          if (key.startsWith(PARTITIONS_PREFIX)) {
            all.put(key.substring(PARTITIONS_PREFIX.length()), number(key, value));
          }
        });
    return all;
  }

  /**
   * Writes the properties of a directory that is being made.
   *
   * @param partitions of each service
   * @param keysId identity of its keys; null if it has none
   */
  static void describe(Path path, Map<String, Integer> partitions, @Nullable String keysId) {
    Map<String, String> properties = new TreeMap<>();
    properties.put(FORMAT_KEY, Integer.toString(FORMAT));
    partitions.forEach(
        (service, count) -> properties.put(PARTITIONS_PREFIX + service, Integer.toString(count)));
    if (keysId != null) {
      properties.put(KEYS_KEY, keysId);
    }
    write(path, properties);
  }

  private Map<String, String> read() {
    Map<String, String> properties = new TreeMap<>();
    Path file = path.resolve(PROPERTIES);
    if (!Files.exists(file)) {
      checkNoLog(file);
      return properties;
    }
    try {
      for (String line : Files.readAllLines(file)) {
        int at = line.indexOf('=');
        if (at > 0 && !line.startsWith("#")) {
          properties.put(line.substring(0, at).strip(), line.substring(at + 1).strip());
        }
      }
    } catch (IOException e) {
      throw new DataDirectoryException("cannot read " + file + ": " + e, e);
    }
    checkWhole(file, properties);
    int format = number(FORMAT_KEY, properties.getOrDefault(FORMAT_KEY, "0"));
    if (format != FORMAT) {
      throw new DataDirectoryException(
          "%s says format %d; this version reads format %d: use the version that wrote it"
              .formatted(file, format, FORMAT));
    }
    return properties;
  }

  // It is written before the log is made. A guess at the number of partitions would send keys to
  // others than those that hold them.
  private void checkNoLog(Path file) {
    String[] names = log().toFile().list();
    if (names != null && names.length > 0) {
      throw new DataDirectoryException(
          "%s is missing, and %s holds a log; restore the file from a copy".formatted(file, log()));
    }
  }

  // Files of early versions have no check.
  private static void checkWhole(Path file, Map<String, String> properties) {
    String check = properties.remove(CHECK_KEY);
    for (String key : properties.keySet()) {
      if (!key.equals(FORMAT_KEY) && !key.equals(KEYS_KEY) && !key.startsWith("partitions.")) {
        throw new DataDirectoryException(
            "%s is damaged: it has the unknown key '%s'; restore the file from a copy"
                .formatted(file, key));
      }
    }
    if (check != null && !check.equals(checkOf(properties))) {
      throw new DataDirectoryException(
          "%s is damaged: its check is %s, and %s by its other lines; restore the file from a copy"
              .formatted(file, check, checkOf(properties)));
    }
  }

  private static String checkOf(Map<String, String> properties) {
    CRC32C crc = new CRC32C();
    new TreeMap<>(properties)
        .forEach((k, v) -> crc.update((k + "=" + v + "\n").getBytes(StandardCharsets.UTF_8)));
    return "%08x".formatted(crc.getValue());
  }

  private int number(String key, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new DataDirectoryException(
          "%s: %s must be a number; got '%s'".formatted(path.resolve(PROPERTIES), key, value), e);
    }
  }

  private static void write(Path path, Map<String, String> properties) {
    StringBuilder text = new StringBuilder("# Made by Thalweg. Do not edit.\n");
    // First, so that a file that is cut short behind it does not fit it.
    text.append(CHECK_KEY).append('=').append(checkOf(properties)).append('\n');
    properties.forEach((k, v) -> text.append(k).append('=').append(v).append('\n'));
    Path file = path.resolve(PROPERTIES);
    Path temporary = path.resolve("node.properties.tmp");
    try {
      Files.writeString(temporary, text);
      try (FileChannel channel = FileChannel.open(temporary, WRITE)) {
        channel.force(true);
      }
      Files.move(temporary, file, ATOMIC_MOVE);
      try (FileChannel channel = FileChannel.open(path, READ)) {
        channel.force(true);
      }
    } catch (IOException e) {
      throw new DataDirectoryException("cannot write " + file + ": " + e, e);
    }
  }

  /** Lets go of the directory. */
  @Override
  public void close() {
    try {
      lockFile.truncate(0);
      lock.release();
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
