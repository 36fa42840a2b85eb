package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionId;
import io.thalweg.log.TrimRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Readers of the log that come back: each has a name and a place, which outlive the process. The
 * log keeps what they have not read yet. Most stand behind a batch in every partition; a backup
 * copies bytes, and stands at a position of the one physical log.
 *
 * <p>One that does not come back keeps the log for ever: an operator sees where each stands and
 * when it was last heard of ({@link NodeStatus#readers}), and may {@link #unregister} it.
 *
 * <p>One file for each, {@code NAME.reader}, written under a temporary name, forced and renamed.
 * Format 2, lines: {@code thalweg-reader 2}, {@code advanced-us} and the wall clock, {@code note}
 * and what it says of itself, then {@code log ID POSITION} or any number of {@code SERVICE/INDEX
 * CURSOR} with the cursor in hexadecimal, then {@code crc32c} and the CRC32C of all before. Format
 * 1 has cursors only. A damaged file holds everything: nothing is removed until it is repaired or
 * the reader is unregistered.
 *
 * <p>Thread-safe.
 */
public final class LogReaders {
  /** The most readers of a node. */
  public static final int MAX_READERS = 64;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final String SUFFIX = ".reader";
  private static final String FIRST_LINE = "thalweg-reader 2";
  private static final String FIRST_LINE_BEFORE = "thalweg-reader 1";
  private static final int MAX_NOTE = 200;

  /**
   * A reader.
   *
   * @param note what it says of itself; may be empty
   * @param cursors where it stands in the partitions; one that is not there stands at the beginning
   * @param logId the log whose bytes it needs; null if the cursors say what it needs
   * @param position with a log: it needs all bytes from here on
   * @param advancedUs when it was last heard of: wall clock, microseconds since 1970; 0 if unknown
   */
  public record Reader(
      String name,
      String note,
      Map<PartitionId, LogCursor> cursors,
      @Nullable UUID logId,
      long position,
      long advancedUs) {
    public Reader {
      cursors = Map.copyOf(cursors);
    }

    /** The position of the log from which on something may be needed. */
    public long neededFrom() {
      return logId != null
          ? position
          : cursors.values().stream().mapToLong(LogCursor::position).min().orElse(0);
    }

    TrimRequest.Holder holder(UUID log) {
      String who = "reader '" + name + "'" + (note.isEmpty() ? "" : " (" + note + ")");
      return logId == null
          ? new TrimRequest.Holder(who, cursors)
          : new TrimRequest.Holder(who, logId.equals(log) ? position : 0);
    }
  }

  private final LogFiles files;
  private final Path directory;
  private final Host host;
  private final Map<String, Reader> readers = new TreeMap<>();

  /** Reads the places that are kept in a directory, which is made if it is not there. */
  public LogReaders(LogFiles files, Path directory, Host host) {
    this.files = files;
    this.directory = directory;
    this.host = host;
    try {
      files.createDirectories(directory);
      for (String file : files.list(directory)) {
        if (file.endsWith(SUFFIX)) {
          String name = file.substring(0, file.length() - SUFFIX.length());
          readers.put(name, read(name, directory.resolve(file)));
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
    checkName(name);
    Reader present = readers.get(name);
    if (present != null) {
      return present.cursors();
    }
    checkRoom();
    Reader added = new Reader(name, "", Map.of(), null, 0, host.wallTimeUs());
    // It holds before its file is there: should writing fail, that is the safe side.
    readers.put(name, added);
    write(added);
    return Map.of();
  }

  /**
   * Registers a reader of the log's bytes, or has it stand elsewhere: all from a position on are
   * kept. Durable on return.
   *
   * @param name as for {@link #register}
   * @param note what it is, for an operator; cut to 200 characters
   * @param logId the log that it reads; of any other log it needs everything
   * @param position from 0 on
   * @throws IllegalArgumentException if the name or the position is out of its bounds, or the name
   *     is that of a reader with cursors
   * @throws IllegalStateException if there are {@value #MAX_READERS} already
   */
  public synchronized void hold(String name, String note, UUID logId, long position) {
    checkName(name);
    if (position < 0) {
      throw new IllegalArgumentException("position must be at least 0; got " + position);
    }
    Reader present = readers.get(name);
    if (present == null) {
      checkRoom();
    } else if (present.logId() == null && !present.cursors().isEmpty()) {
      throw new IllegalArgumentException("name: reader '" + name + "' stands in partitions");
    }
    String line = note.replaceAll("\\p{Cntrl}", "?");
    String cut = line.substring(0, Math.min(line.length(), MAX_NOTE));
    Reader next = new Reader(name, cut, Map.of(), logId, position, host.wallTimeUs());
    if (present == null) {
      readers.put(name, next);
    }
    write(next);
    readers.put(name, next);
  }

  private static void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name must be 1 to 63 characters of a-z, 0-9 and '-'; got '" + name + "'");
    }
  }

  private void checkRoom() {
    if (readers.size() >= MAX_READERS) {
      throw new IllegalStateException(
          "there are " + MAX_READERS + " registered readers already; unregister one");
    }
  }

  /**
   * A reader has taken everything up to a cursor, and that outlives a crash. Durable on return.
   *
   * @throws IllegalArgumentException if there is no such reader
   */
  public synchronized void advance(String name, PartitionId id, LogCursor cursor) {
    Reader present = readers.get(name);
    if (present == null) {
      throw new IllegalArgumentException("no reader '" + name + "' is registered");
    }
    Map<PartitionId, LogCursor> cursors = new TreeMap<>(present.cursors());
    cursors.put(id, cursor);
    Reader next = new Reader(name, present.note(), cursors, null, 0, host.wallTimeUs());
    write(next);
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

  /** All readers, by name. */
  public synchronized List<Reader> all() {
    return List.copyOf(readers.values());
  }

  /** What they need of a log. */
  List<TrimRequest.Holder> holders(UUID logId) {
    return all().stream().map(reader -> reader.holder(logId)).toList();
  }

  private void write(Reader reader) {
    String name = reader.name();
    StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
    text.append("advanced-us ").append(reader.advancedUs()).append('\n');
    text.append("note ").append(reader.note()).append('\n');
    if (reader.logId() != null) {
      text.append("log %s %d\n".formatted(reader.logId(), reader.position()));
    }
    new TreeMap<>(reader.cursors())
        .forEach((id, cursor) ->
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
  private Reader read(String name, Path file) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(file)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(in.sizeBytes(), 1 << 24));
      while (bytes.hasRemaining() && in.read(bytes, bytes.position()) >= 0) {
        // Until it is full.
      }
      return decode(name, new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }
  }

  private static Reader decode(String name, String text) {
    int end = text.lastIndexOf("crc32c ");
    if (end < 0
        || !(text.startsWith(FIRST_LINE) || text.startsWith(FIRST_LINE_BEFORE))
        || !text.substring(end).equals(crcLine(text.substring(0, end)))) {
      return new Reader(name, "its file is damaged", Map.of(), null, 0, 0);
    }
    Map<PartitionId, LogCursor> cursors = new TreeMap<>();
    String note = "";
    UUID logId = null;
    long position = 0;
    long advancedUs = 0;
    for (String line : text.substring(0, end).lines().skip(1).toList()) {
      int space = line.indexOf(' ');
      String key = line.substring(0, space);
      String value = line.substring(space + 1);
      switch (key) {
        case "note" -> note = value;
        case "advanced-us" -> advancedUs = Long.parseLong(value);
        case "log" -> {
          int gap = value.indexOf(' ');
          logId = UUID.fromString(value.substring(0, gap));
          position = Long.parseLong(value.substring(gap + 1));
        }
        default -> {
          int slash = key.indexOf('/');
          PartitionId id =
              new PartitionId(key.substring(0, slash), Integer.parseInt(key.substring(slash + 1)));
          cursors.put(id, LogCursor.decode(HexFormat.of().parseHex(value)));
        }
      }
    }
    return new Reader(name, note, cursors, logId, position, advancedUs);
  }
}
