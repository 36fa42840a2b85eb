package io.thalweg.cluster;

import io.thalweg.log.PartitionId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A heartbeat as a record of the directory topic, format 1. Numbers are big-endian, texts are
 * {@link DataOutputStream#writeUTF}.
 *
 * <pre>
 *   1 format = 1, text node id, 8 incarnation, 8 sequence, text address, 1 leaving,
 *   4 number of levels, each: text service, 4 level
 *   4 number of partitions, each: text service, 2 index, 1 role, 8 position, 8 epoch
 *   twice (levels that are agreed, levels that are written): 4 number, each: text service, 4 level
 * </pre>
 *
 * The first levels are those that the node reads. Older nodes end before the last line. What
 * follows is left for later versions, and passed over.
 */
public final class HeartbeatFormat {
  private static final byte FORMAT = 1;

  private HeartbeatFormat() {}

  /** The bytes of a heartbeat. */
  public static byte[] encode(Heartbeat beat) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeUTF(beat.nodeId());
      out.writeLong(beat.incarnation());
      out.writeLong(beat.sequence());
      out.writeUTF(beat.address());
      out.writeBoolean(beat.leaving());
      write(beat.levels().reads(), out);
      out.writeInt(beat.partitions().size());
      for (Map.Entry<PartitionId, Held> each : beat.sorted().entrySet()) {
        out.writeUTF(each.getKey().service());
        out.writeShort(each.getKey().index());
        out.writeByte(each.getValue().role().number());
        out.writeLong(each.getValue().position());
        out.writeLong(each.getValue().epoch());
      }
      write(beat.levels().agreed(), out);
      write(beat.levels().written(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(Map<String, Integer> levels, DataOutputStream out) throws IOException {
    out.writeInt(levels.size());
    for (Map.Entry<String, Integer> level : new TreeMap<>(levels).entrySet()) {
      out.writeUTF(level.getKey());
      out.writeInt(level.getValue());
    }
  }

  private static Map<String, Integer> readLevels(DataInputStream in) throws IOException {
    Map<String, Integer> levels = new HashMap<>();
    for (int left = count(in); left > 0; left--) {
      levels.put(in.readUTF(), in.readInt());
    }
    return levels;
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if it is something else, or of another format
   */
  public static Heartbeat decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalArgumentException("a heartbeat of format " + format);
      }
      String nodeId = in.readUTF();
      long incarnation = in.readLong();
      long sequence = in.readLong();
      String address = in.readUTF();
      boolean leaving = in.readBoolean();
      Map<String, Integer> reads = readLevels(in);
      Map<PartitionId, Held> partitions = new HashMap<>();
      for (int left = count(in); left > 0; left--) {
        PartitionId id = new PartitionId(in.readUTF(), in.readUnsignedShort());
        Role role = Role.of(in.readUnsignedByte());
        partitions.put(id, new Held(role, in.readLong(), in.readLong()));
      }
      boolean more = in.available() > 0;
      Map<String, Integer> agreed = more ? readLevels(in) : Map.of();
      Map<String, Integer> written = more ? readLevels(in) : Map.of();
      Levels levels = new Levels(reads, agreed, written);
      return new Heartbeat(nodeId, incarnation, sequence, address, leaving, levels, partitions);
    } catch (IOException e) {
      throw new IllegalArgumentException("not a heartbeat: " + e, e);
    }
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > Heartbeat.MAX_PARTITIONS) {
      throw new IllegalArgumentException("a heartbeat with " + count + " entries");
    }
    return count;
  }
}
