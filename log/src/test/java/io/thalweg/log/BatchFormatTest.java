package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Bounds of what can be put into a batch, and what is refused of what is read. */
final class BatchFormatTest {
  @Test
  void anEventAboveItsBoundIsRefusedAndTheBatchGoesOn() {
    try (LogFixture fixture = new LogFixture(new FaultyFiles(1))) {
      PartitionLog leader = fixture.lead(A);
      BatchBuilder batch = leader.begin(5_000);
      assertThatThrownBy(
              () -> batch.beginEvent(1, 0, 0, EventMeta.NONE, BatchFormat.MAX_EVENT_BYTES))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at most 1048576 bytes");
      byte[] largest = new byte[BatchFormat.MAX_EVENT_BYTES - BatchFormat.EVENT_HEADER_BYTES];
      batch.beginEvent(1, 0, 0, EventMeta.NONE, largest.length).put(largest);
      leader.append(batch);
      assertThat(fixture.acks(A).await(1)).isTrue();
    }
  }

  @Test
  void aBatchTakesNoMoreThanItsBound() {
    try (LogFixture fixture = new LogFixture(new FaultyFiles(1))) {
      PartitionLog leader = fixture.lead(A);
      BatchBuilder batch = leader.begin(5_000);
      int payload = 1_000_000;
      while (batch.hasRoomFor(BatchBuilder.eventBytes(EventMeta.NONE, payload))) {
        batch.beginEvent(1, 0, 0, EventMeta.NONE, payload);
      }
      assertThatThrownBy(() -> batch.beginEvent(1, 0, 0, EventMeta.NONE, payload))
          .hasMessageContaining("has no room");
      leader.append(batch);
      assertThat(fixture.acks(A).await(8)).isTrue();
    }
  }

  @Test
  void anUnknownFormatKindOrFlagIsRefused() {
    int[] places = {BatchFormat.FORMAT_AT, BatchFormat.KIND_AT, BatchFormat.FLAGS_AT};
    for (int place : places) {
      ByteBuffer bytes = batch();
      bytes.put(place, (byte) 9);
      bytes.putInt(BatchFormat.CRC_AT, Crc.of(bytes, BatchFormat.CRC_FROM, bytes.limit()));
      assertThatThrownBy(() -> Batch.parse(bytes))
          .isInstanceOf(LogCorruptException.class)
          .hasMessageContaining("not known here");
    }
  }

  @Test
  void anEventWhosePartsAreUnknownOrDoNotFitIsRefused() {
    for (int flags : new int[] {1 << 5, 1 << 14, 2, 16, 31}) {
      BatchBuilder builder = new BatchBuilder();
      builder.reset(0, 1);
      builder.beginEvent(1, 2, 3, EventMeta.NONE, 2).put(new byte[] {9, 9});
      ByteBuffer bytes = builder.seal(BatchFormat.KIND_EVENTS, 1, 1, 1, 1, 0, 0);
      bytes.putShort(BatchFormat.HEADER_BYTES + BatchFormat.EVENT_FLAGS_AT, (short) flags);
      bytes.putInt(BatchFormat.CRC_AT, Crc.of(bytes, BatchFormat.CRC_FROM, bytes.limit()));
      assertThatThrownBy(() -> Batch.parse(bytes)).isInstanceOf(LogCorruptException.class);
    }
  }

  @Test
  void everyFlippedBitOfABatchIsNoticed() {
    ByteBuffer bytes = batch();
    for (int bit = 0; bit < bytes.limit() * 8; bit++) {
      int at = bit / 8;
      byte good = bytes.get(at);
      bytes.put(at, (byte) (good ^ (1 << (bit % 8))));
      assertThatThrownBy(() -> Batch.parse(bytes)).isInstanceOf(LogCorruptException.class);
      bytes.put(at, good);
    }
    assertThat(Batch.parse(bytes).count()).isEqualTo(2);
  }

  private static ByteBuffer batch() {
    BatchBuilder builder = new BatchBuilder();
    builder.reset(4, 1_000);
    builder.beginEvent(1, 2, 3, EventMeta.ofPrincipal("p"), 4).putInt(5);
    builder.beginEvent(1, 2, 3, EventMeta.NONE, 0);
    return builder.seal(BatchFormat.KIND_EVENTS, 1, 1, 1, 1, 0, 0);
  }
}
