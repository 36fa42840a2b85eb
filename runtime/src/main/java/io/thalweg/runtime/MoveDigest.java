package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.runtime.system.OutboxMessage;
import io.thalweg.runtime.system.ReplyStored;
import io.thalweg.state.StoredRow;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A digest of what is carried of a service that does not depend on how it is spread over
 * partitions: the sum of the SHA-256 of each item, modulo 2^256. (It finds what was lost, doubled
 * or changed by accident; it is not made against somebody who chooses items.)
 *
 * <p>Replies that their clients have ended may be gone, and do not count. Which those are is known
 * when all were seen; until then replies to names of a series are kept aside.
 */
final class MoveDigest implements Movable.Sink {
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

  private final long expiredUs;
  private final Map<Series, TreeMap<Long, List<Item>>> series = new HashMap<>();
  private final Map<Series, Long> endedBelow = new HashMap<>();
  private BigInteger sum = BigInteger.ZERO;
  private long items;

  /** What the requests of a client have in common. */
  private record Series(int project, String principal, String series) {}

  /**
   * @param expiredUs replies that expire up to this log time may be gone, and do not count
   */
  MoveDigest(long expiredUs) {
    this.expiredUs = expiredUs;
  }

  /** How many items there were. */
  long items() {
    settle();
    return items;
  }

  /** 32 bytes, hexadecimal. */
  String hex() {
    settle();
    return "%064x".formatted(sum);
  }

  byte[] bytes() {
    return HexFormat.of().parseHex(hex());
  }

  @Override
  public void row(StoredRow row) {
    add(out -> {
      out.writeByte(1);
      out.writeInt(row.slot());
      out.writeInt(row.table());
      out.writeInt(row.project());
      bytes(out, row.key());
      bytes(out, row.value());
    });
  }

  @Override
  public void record(int project, int slot, Message record) {
    if (record instanceof ReplyStored reply && reply.getExpireTimeUs() <= expiredUs) {
      return;
    }
    Item item =
        out -> {
          out.writeByte(2);
          out.writeInt(Replay.systemType(record));
          out.writeInt(project);
          out.writeInt(slot);
          bytes(out, record.toByteArray());
        };
    SeriesName name = record instanceof ReplyStored reply ? SeriesName.of(reply.getName()) : null;
    if (name == null) {
      add(item);
      return;
    }
    Series of = new Series(project, ((ReplyStored) record).getPrincipal(), name.series());
    series
        .computeIfAbsent(of, s -> new TreeMap<>())
        .computeIfAbsent(name.number(), n -> new ArrayList<>(1))
        .add(item);
    endedBelow.merge(of, name.endedBelow(), Math::max);
  }

  private void settle() {
    series.forEach((of, replies) ->
        replies
            .tailMap(endedBelow.get(of), true)
            .values()
            .forEach(list -> list.forEach(this::add)));
    series.clear();
  }

  @Override
  public void message(int slot, String to, OutboxMessage message) {
    add(out -> {
      out.writeByte(3);
      out.writeUTF(to);
      // When it was sent, by time and offset, is of the log that it was sent in.
      bytes(out, message.toBuilder().clearSentUs().clearOffset().build().toByteArray());
    });
  }

  private interface Item {
    void write(DataOutputStream out) throws IOException;
  }

  private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private void add(Item item) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      item.write(new DataOutputStream(bytes));
      sum = sum.add(new BigInteger(1, ServiceModel.sha256(bytes.toByteArray()))).mod(MODULUS);
      items++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
