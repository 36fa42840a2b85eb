package io.thalweg.runtime;

import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionId;
import io.thalweg.log.TrimRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Readers of the log that come back: each has a name and a place in every partition, which outlive
 * the process. The log keeps what they have not read yet.
 *
 * <p>One file for each, {@code NAME.reader}, written under a temporary name, forced and renamed.
 * Lines: {@code thalweg-reader 1}, then {@code SERVICE/INDEX CURSOR} with the cursor in
 * hexadecimal, then {@code crc32c} and the CRC32C of all before. A damaged file holds everything:
 * nothing is removed until it is repaired or deleted.
 *
 * <p>Thread-safe.
 */
public final class LogReaders {
  /** The most readers of a node. */
  public static final int MAX_READERS = 64;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final String SUFFIX = ".reader";
  private static final String FIRST_LINE = "thalweg-reader 1";

  private final LogFiles files;
  private final Path directory;
  private final Map<String, Map<PartitionId, LogCursor>> readers = new TreeMap<>();

  /** Reads the places that are kept in a directory, which is made if it is not there. */
  public LogReaders(LogFiles files, Path directory) {
    this.files = files;
    this.directory = directory;
    try {
      files.createDirectories(directory);
      for (String file : files.list(directory)) {
        if (file.endsWith(SUFFIX)) {
          String name = file.substring(0, file.length() - SUFFIX.length());
          readers.put(name, read(directory.resolve(file)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the registered readers", e);
    }
  }

  /**
   * Registers a reader, if there is none of that name: from now on nothing is removed from the log
   * until it {@link #advance}s.
   *
   * @param name 1 to 63 characters of a-z, 0-9 and '-', not beginning with '-'
   * @return where it stands; a partition that is not in it stands at the log's beginning
   * @throws IllegalArgumentException if the name is out of its bounds
   * @throws IllegalStateException if there are {@value #MAX_READERS} already
   */
  public synchronized Map<PartitionId, LogCursor> register(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name must be 1 to 63 characters of a-z, 0-9 and '-'; got '" + name + "'");
    }
    Map<PartitionId, LogCursor> present = readers.get(name);
    if (present != null) {
      return Map.copyOf(present);
    }
    if (readers.size() >= MAX_READERS) {
      throw new IllegalStateException(
          "there are " + MAX_READERS + " registered readers already; unregister one");
    }
    // It holds before its file is there: should writing fail, that is the safe side.
    readers.put(name, new TreeMap<>());
    write(name, Map.of());
    return Map.of();
  }

  /**
   * A reader has taken everything up to a cursor, and that outlives a crash. Durable on return.
   *
   * @throws IllegalArgumentException if there is no such reader
   */
  public synchronized void advance(String name, PartitionId id, LogCursor cursor) {
    Map<PartitionId, LogCursor> present = readers.get(name);
    if (present == null) {
      throw new IllegalArgumentException("no reader '" + name + "' is registered");
    }
    Map<PartitionId, LogCursor> next = new TreeMap<>(present);
    next.put(id, cursor);
    write(name, next);
    readers.put(name, next);
  }

  /** Forgets a reader: it holds nothing any more. */
  public synchronized void unregister(String name) {
    if (readers.containsKey(name)) {
      try {
        files.deleteIfExists(directory.resolve(name + SUFFIX));
        files.forceDirectory(directory);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot unregister reader " + name, e);
      }
      readers.remove(name);
    }
  }

  /** The names of all readers. */
  public synchronized List<String> names() {
    return List.copyOf(readers.keySet());
  }

  synchronized List<TrimRequest.Holder> holders() {
    List<TrimRequest.Holder> all = new ArrayList<>();
    readers.forEach((name, at) -> all.add(new TrimRequest.Holder("reader '" + name + "'", at)));
    return all;
  }

  private void write(String name, Map<PartitionId, LogCursor> positions) {
    StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
    positions.forEach((id, cursor) ->
        text.append("%s %s\n".formatted(id, HexFormat.of().formatHex(cursor.encode()))));
    text.append(crcLine(text.toString()));
    Path file = directory.resolve(name + SUFFIX);
    Path temporary = directory.resolve(name + ".tmp");
    try {
      try (LogFiles.LogFile out = files.create(temporary)) {
        out.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)), 0);
        out.force();
      }
      files.rename(temporary, file);
      files.forceDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the place of reader " + name, e);
    }
  }

  private static String crcLine(String before) {
    CRC32C crc = new CRC32C();
    crc.update(before.getBytes(StandardCharsets.UTF_8));
    return "crc32c %08x\n".formatted((int) crc.getValue());
  }

  /** Where a reader stands; nowhere if its file cannot be read: then it holds everything. */
  private Map<PartitionId, LogCursor> read(Path file) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(file)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(in.sizeBytes(), 1 << 24));
      while (bytes.hasRemaining() && in.read(bytes, bytes.position()) >= 0) {
        // Until it is full.
      }
      return decode(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }
  }

  private static Map<PartitionId, LogCursor> decode(String text) {
    Map<PartitionId, LogCursor> positions = new TreeMap<>();
    int end = text.lastIndexOf("crc32c ");
    if (end < 0
        || !text.startsWith(FIRST_LINE)
        || !text.substring(end).equals(crcLine(text.substring(0, end)))) {
      return positions;
    }
    for (String line : text.substring(0, end).lines().skip(1).toList()) {
      int slash = line.indexOf('/');
      int space = line.indexOf(' ');
      PartitionId id =
          new PartitionId(
              line.substring(0, slash), Integer.parseInt(line.substring(slash + 1, space)));
      positions.put(id, LogCursor.decode(HexFormat.of().parseHex(line.substring(space + 1))));
    }
    return positions;
  }
}
