package io.thalweg.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The body of a barrier batch, see {@link BatchFormat}. For engines.
 *
 * @param id the partition that is taken over
 * @param nonce drawn for this barrier alone
 * @param replacedEpoch the epoch that this leadership follows; 0 if there was none
 * @param lineages oldest first; the last one is being written
 */
public record Barrier(PartitionId id, UUID nonce, long replacedEpoch, List<Lineage> lineages) {
  private static final int FIXED_BYTES = 2 + 4 + 16 + 8 + 2;
  static final int LINEAGE_BYTES = 4 + 4 + 8 + 16;

  /** The bytes of the body. */
  public byte[] encode() {
    byte[] service = id.service().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(FIXED_BYTES + service.length + LINEAGE_BYTES * lineages.size())
            .putShort((short) service.length)
            .put(service)
            .putInt(id.index())
            .putLong(nonce.getMostSignificantBits())
            .putLong(nonce.getLeastSignificantBits())
            .putLong(replacedEpoch)
            .putShort((short) lineages.size());
    putLineages(out, lineages);
    return out.array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LogCorruptException if it is no barrier
   */
  public static Barrier decode(ByteBuffer in) {
    try {
      byte[] service = new byte[Short.toUnsignedInt(in.getShort())];
      in.get(service);
      PartitionId id = new PartitionId(new String(service, StandardCharsets.UTF_8), in.getInt());
      UUID nonce = new UUID(in.getLong(), in.getLong());
      long replacedEpoch = in.getLong();
      List<Lineage> lineages = getLineages(in, Short.toUnsignedInt(in.getShort()));
      if (lineages.isEmpty()) {
        throw new LogCorruptException("a barrier without a lineage");
      }
      return new Barrier(id, nonce, replacedEpoch, lineages);
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new LogCorruptException("a barrier that cannot be read: " + e.getMessage(), e);
    }
  }

  static void putLineages(ByteBuffer out, List<Lineage> lineages) {
    for (Lineage lineage : lineages) {
      out.putInt(lineage.ordinal())
          .putInt(lineage.parent())
          .putLong(lineage.forkOffset())
          .putLong(lineage.id().getMostSignificantBits())
          .putLong(lineage.id().getLeastSignificantBits());
    }
  }

  static List<Lineage> getLineages(ByteBuffer in, int count) {
    List<Lineage> lineages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lineages.add(
          new Lineage(
              in.getInt(), in.getInt(), in.getLong(), new UUID(in.getLong(), in.getLong())));
    }
    return List.copyOf(lineages);
  }
}
