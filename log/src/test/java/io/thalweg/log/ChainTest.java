package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Each rule of the chain alone, with batches whose own CRC is right: what no torn write leaves, but
 * a wrong writer or a file of another history would.
 */
final class ChainTest {
  private static final Lineage FIRST = new Lineage(1, 0, 0, new UUID(1, 1));
  private final Chain chain = new Chain(List.of());
  private int lastCrc;

  @BeforeEach
  void begin() {
    lastCrc = take(barrier(A, 5, 0, 0));
    lastCrc = take(events(5, 0, lastCrc));
    assertThat(chain.tails().getFirst().nextOffset()).isEqualTo(2);
  }

  @Test
  void whatContinuesIsTaken() {
    take(events(5, 2, lastCrc));
    lastCrc = chain.tails().getFirst().lastCrc();
    take(barrier(A, 6, 4, lastCrc));
    assertThat(chain.tails().getFirst().epoch()).isEqualTo(6);
  }

  @Test
  void aBatchIsAtTheNextOffsetNotOneBeforeAndNotOneAfter() {
    refused(events(5, 1, lastCrc), "at offset 1 where 2 is next");
    refused(events(5, 3, lastCrc), "at offset 3 where 2 is next");
  }

  @Test
  void aBatchNamesTheCrcOfTheOneBefore() {
    refused(events(5, 2, lastCrc ^ 1), "where the last is");
    refused(events(5, 2, 0), "where the last is");
  }

  @Test
  void aBatchIsOfThePresentEpochAndLineage() {
    refused(events(4, 2, lastCrc), "is in epoch 5");
    refused(events(6, 2, lastCrc), "is in epoch 5");
    refused(batch(BatchFormat.KIND_EVENTS, 1, 2, 5, 2, lastCrc, null), "lineage 2");
  }

  @Test
  void aBarrierIsOfALaterEpochAndOfTheSamePartition() {
    refused(barrier(A, 5, 2, lastCrc), "in epoch 5");
    refused(barrier(A, 4, 2, lastCrc), "in epoch 4");
    refused(barrier(B, 6, 2, lastCrc), "a barrier of " + B);
    refused(barrier(A, 6, 3, lastCrc), "at offset 3 where 2 is next");
  }

  @Test
  void whatIsRejectedLeavesNothing() {
    chain.check(events(5, 2, lastCrc), 200);
    chain.reject();
    assertThat(chain.tails().getFirst().nextOffset()).isEqualTo(2);
    take(events(5, 2, lastCrc));
  }

  private int take(Batch batch) {
    chain.check(batch, 100);
    chain.accept();
    return batch.crc();
  }

  private void refused(Batch batch, String why) {
    assertThatThrownBy(() -> chain.check(batch, 100))
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(why);
    chain.reject();
  }

  private static Batch events(long epoch, long offset, int previousCrc) {
    return batch(BatchFormat.KIND_EVENTS, 1, 1, epoch, offset, previousCrc, null);
  }

  private static Batch barrier(PartitionId id, long epoch, long offset, int previousCrc) {
    byte[] body = new Barrier(id, new UUID(2, epoch), epoch - 1, List.of(FIRST)).encode();
    return batch(BatchFormat.KIND_BARRIER, 1, 1, epoch, offset, previousCrc, body);
  }

  private static Batch batch(
      byte kind,
      int partition,
      int lineage,
      long epoch,
      long offset,
      int previousCrc,
      byte @Nullable [] body) {
    BatchBuilder builder = new BatchBuilder();
    builder.reset(offset, 1_000);
    if (body == null) {
      builder.beginEvent(1, 0, 0, EventMeta.NONE, 0);
      builder.beginEvent(1, 0, 0, EventMeta.NONE, 0);
    } else {
      builder.putBody(body);
    }
    return Batch.parse(builder.seal(kind, partition, lineage, 1, epoch, previousCrc, 0));
  }
}
