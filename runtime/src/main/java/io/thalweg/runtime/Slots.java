package io.thalweg.runtime;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Where a key lives. Published and fixed: clients and other nodes compute the same.
 *
 * <pre>
 *   slot(key)             = fmix32(crc32c(utf8(key))) >>> 16        one of 65,536
 *   partition(slot, n)    = slot * n / 65,536                      so each has a run of slots
 *   fmix32(h)             = the finalizer of MurmurHash3
 * </pre>
 */
public final class Slots {
  /** The number of slots. */
  public static final int COUNT = 65_536;

  private Slots() {}

  /** The slot of a key, 0..65535. */
  public static int slotOf(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    int h = (int) crc.getValue();
    h ^= h >>> 16;
    h *= 0x85ebca6b;
    h ^= h >>> 13;
    h *= 0xc2b2ae35;
    h ^= h >>> 16;
    return h >>> 16;
  }

  /** The partition of a slot among {@code partitions}. */
  public static int partitionOf(int slot, int partitions) {
    return (int) (((long) slot * partitions) >>> 16);
  }

  /** The first slot of a partition; of partition {@code partitions} the end, 65,536. */
  public static int firstSlotOf(int partition, int partitions) {
    return (int) (((long) partition * COUNT + partitions - 1) / partitions);
  }
}
