package io.thalweg.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.OffsetOutOfRangeException;
import io.thalweg.log.PartitionId;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who has not read what was removed knows that something is missing. */
class RemovedRecordsTest {
  private static final PartitionId ID = new PartitionId("test", 0);

  private static void append(ModelTopic topic, int count) {
    for (int i = 0; i < count; i++) {
      topic.append(new byte[] {1, 2, 3}, new Unheard());
    }
    while (!topic.isQuiet()) {
      topic.step();
    }
  }

  @Test
  void whatWasRemovedIsNeverTakenForOffsetsWithoutARecord() {
    ModelTopic topic = new ModelTopic(1, 0);
    append(topic, 10);
    SharedPartition tail = new SharedPartition(ID, topic);
    AtomicInteger heard = new AtomicInteger();
    tail.listeners().add(heard::incrementAndGet);
    tail.catchUp();
    assertThat(tail.position()).isEqualTo(10);
    append(topic, 10);
    topic.deleteBefore(15);

    assertThatThrownBy(tail::catchUp)
        .isInstanceOf(OffsetOutOfRangeException.class)
        .hasMessageContaining("were removed");
    assertThat(tail.isCutOff()).isTrue();
    assertThat(heard).hasPositiveValue();
    assertThat(tail.position()).isEqualTo(10);
    // One that comes now, from the beginning.
    assertThatThrownBy(() -> new SharedPartition(ID, topic).catchUp())
        .isInstanceOf(OffsetOutOfRangeException.class);
    // From a place that is still there it goes on.
    tail.begin(new ChainPoint(16, 3, 100, 7, 9, java.util.List.of()));
    tail.catchUp();
    assertThat(tail.isCutOff()).isFalse();
    assertThat(tail.position()).isEqualTo(20);
    assertThat(tail.before(99)).isNull();
  }

  private static final class Unheard implements Topic.Outcome {
    @Override
    public void appended(long offset) {
      // What is there is read.
    }

    @Override
    public void failed(Exception cause) {
      throw new AssertionError(cause);
    }
  }
}
