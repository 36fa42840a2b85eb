package io.thalweg.docs.yjs;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many units of each client somebody has. Immutable.
 *
 * @param clocks for each client the number of units, more than 0
 */
public record StateVector(Map<Long, Integer> clocks) {
  /** Of somebody who has nothing. */
  public static final StateVector EMPTY = new StateVector(Map.of());

  /** Keeps a sorted copy. */
  public StateVector {
    TreeMap<Long, Integer> sorted = new TreeMap<>();
    clocks.forEach((client, clock) -> {
      if (clock > 0) {
        sorted.put(client, clock);
      }
    });
    clocks = Collections.unmodifiableMap(sorted);
  }

  /** Units of a client, 0 if there are none. */
  public int clock(long client) {
    return clocks.getOrDefault(client, 0);
  }

  /** Whether nothing that {@code other} has is missing here. */
  public boolean includes(StateVector other) {
    return other.clocks.entrySet().stream().allMatch(e -> clock(e.getKey()) >= e.getValue());
  }

  /**
   * Reads one.
   *
   * @throws MalformedUpdateException if the bytes are none
   */
  public static StateVector decode(byte[] bytes) {
    ByteReader reader = new ByteReader(bytes);
    int size = reader.readCount(2);
    TreeMap<Long, Integer> clocks = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      clocks.merge(reader.readVarUint(), reader.readInt(), Math::max);
    }
    if (reader.remaining() > 0) {
      throw reader.malformed(reader.remaining() + " bytes too many");
    }
    return new StateVector(clocks);
  }

  /** The bytes of it, the same in all versions; the greatest client first. */
  public byte[] encode() {
    ByteWriter writer = new ByteWriter();
    writer.writeVarUint(clocks.size());
    new TreeMap<>(clocks)
        .descendingMap()
        .forEach((client, clock) -> writer.writeVarUint(client).writeVarUint(clock));
    return writer.toBytes();
  }
}
