package io.thalweg.runtime.checkpoint;

import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The file {@value #NAME} of a checkpoint, format 1: lines of UTF-8 with spaces between the fields.
 *
 * <pre>
 *   thalweg-checkpoint 1
 *   id 0000000007
 *   log 0f8fad5b-d9cb-469f-a165-70867728950e
 *   created-us 1790000000000000
 *   proof REPLAYED
 *   service NAME CONTRACT-LEVEL PARTITIONS
 *   partition SERVICE/INDEX FILE FIRST-SLOT END-SLOT OFFSET LINEAGE ROWS BYTES SHA-256 CURSOR
 *   crc32c 0a1b2c3d
 * </pre>
 *
 * The last line is the CRC32C of all bytes before it. OFFSET and LINEAGE stand in CURSOR too.
 */
final class Manifest {
  static final String NAME = "manifest";
  private static final String FIRST_LINE = "thalweg-checkpoint 1";
  private static final int MAX_BYTES = 64 << 20;

  private Manifest() {}

  /** Writes it under a temporary name, forces it and gives it its own. */
  static void write(LogFiles files, Path directory, Checkpoint checkpoint) throws IOException {
    Path temporary = directory.resolve(NAME + ".tmp");
    try (LogFiles.LogFile out = files.create(temporary)) {
      out.write(ByteBuffer.wrap(encode(checkpoint).getBytes(StandardCharsets.UTF_8)), 0);
      out.force();
    }
    files.rename(temporary, directory.resolve(NAME));
    files.forceDirectory(directory);
  }

  /** Its bytes, as text. */
  static String encode(Checkpoint checkpoint) {
    StringBuilder out = new StringBuilder(FIRST_LINE).append('\n');
    out.append("id ").append(checkpoint.id()).append('\n');
    out.append("log ").append(checkpoint.logId()).append('\n');
    out.append("created-us ").append(checkpoint.createdUs()).append('\n');
    out.append("proof ").append(checkpoint.proof()).append('\n');
    for (Checkpoint.ServiceLevel service : checkpoint.services()) {
      out.append(
          "service %s %d %d\n"
              .formatted(service.name(), service.contractLevel(), service.partitions()));
    }
    for (Checkpoint.Part part : checkpoint.parts()) {
      out.append(
          "partition %s %s %d %d %d %d %d %d %s %s\n"
              .formatted(
                  part.id(),
                  part.file(),
                  part.firstSlot(),
                  part.endSlot(),
                  part.offset(),
                  part.cursor().lineage(),
                  part.rows(),
                  part.bytes(),
                  part.digest(),
                  HexFormat.of().formatHex(part.cursor().encode())));
    }
    return out.append(crcLine(out.toString())).toString();
  }

  private static String crcLine(String before) {
    CRC32C crc = new CRC32C();
    crc.update(before.getBytes(StandardCharsets.UTF_8));
    return "crc32c %08x\n".formatted((int) crc.getValue());
  }

  /**
   * Reads a manifest.
   *
   * @throws CheckpointException if it is damaged or of another format
   */
  static Checkpoint read(LogFiles files, Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    String text;
    try (LogFiles.LogFile in = files.openForReading(file)) {
      if (in.sizeBytes() > MAX_BYTES) {
        throw damaged(file.toString(), "it has " + in.sizeBytes() + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) in.sizeBytes());
      while (bytes.hasRemaining()) {
        if (in.read(bytes, bytes.position()) < 0) {
          throw damaged(file.toString(), "it became shorter while it was read");
        }
      }
      text = new String(bytes.array(), StandardCharsets.UTF_8);
    }
    return parse(text, file.toString());
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param place what it is called in messages
   * @throws CheckpointException if it is damaged or of another format
   */
  static Checkpoint parse(String text, String place) {
    int end = text.lastIndexOf("crc32c ");
    if (end < 0 || !text.substring(end).equals(crcLine(text.substring(0, end)))) {
      throw damaged(place, "its CRC32C is not right");
    }
    try {
      return decode(text.substring(0, end));
    } catch (RuntimeException e) {
      throw new CheckpointException(place + " is damaged, or of a newer version: " + e, e);
    }
  }

  private static Checkpoint decode(String text) {
    List<String> lines = text.lines().toList();
    if (!lines.get(0).equals(FIRST_LINE)) {
      throw new IllegalArgumentException("it begins with '" + lines.get(0) + "'");
    }
    List<Checkpoint.ServiceLevel> services = new ArrayList<>();
    List<Checkpoint.Part> parts = new ArrayList<>();
    for (String line : lines.subList(5, lines.size())) {
      String[] field = line.split(" ", -1);
      switch (field[0]) {
        case "service" ->
            services.add(
                new Checkpoint.ServiceLevel(
                    field[1], Integer.parseInt(field[2]), Integer.parseInt(field[3])));
        case "partition" -> parts.add(part(field));
        default -> throw new IllegalArgumentException("a line of '" + field[0] + "'");
      }
    }
    return new Checkpoint(
        value(lines.get(1), "id"),
        UUID.fromString(value(lines.get(2), "log")),
        Long.parseLong(value(lines.get(3), "created-us")),
        Checkpoint.Proof.valueOf(value(lines.get(4), "proof")),
        services,
        parts);
  }

  private static Checkpoint.Part part(String[] field) {
    int slash = field[1].lastIndexOf('/');
    PartitionId id =
        new PartitionId(
            field[1].substring(0, slash), Integer.parseInt(field[1].substring(slash + 1)));
    LogCursor cursor = LogCursor.decode(HexFormat.of().parseHex(field[10]));
    if (cursor.nextOffset() != Long.parseLong(field[5])
        || cursor.lineage() != Integer.parseInt(field[6])) {
      throw new IllegalArgumentException("the cursor of " + id + " has another offset or lineage");
    }
    return new Checkpoint.Part(
        id,
        field[2],
        Integer.parseInt(field[3]),
        Integer.parseInt(field[4]),
        cursor,
        Long.parseLong(field[7]),
        Long.parseLong(field[8]),
        field[9]);
  }

  private static String value(String line, String name) {
    if (!line.startsWith(name + " ")) {
      throw new IllegalArgumentException("'" + line + "' where " + name + " is next");
    }
    return line.substring(name.length() + 1);
  }

  private static CheckpointException damaged(String file, String why) {
    return new CheckpointException("the manifest " + file + " is damaged: " + why);
  }
}
