package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StateOptions;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final Target TARGET = new Target("other", 3);

  private final PartitionState state =
      PartitionState.open(
          new MemoryStore(StateOptions.defaults()), new PartitionScope(1, 0, 65_536));
  private final Outbox outbox = new Outbox(state);

  private record At(long offset, int project, long logTimeUs) implements EventContext {}

  private void send(long sequence) {
    state.enter(0, 5);
    state.beginEvent();
    outbox.apply(
        MessageSent.newBuilder()
            .setTargetService(TARGET.service())
            .setTargetPartition(TARGET.partition())
            .setSequence(sequence)
            .build(),
        new At(sequence, 0, 0),
        5);
    state.endEvent();
  }

  @Test
  void whatIsAcknowledgedLeavesItsRowAndNothingElseDoes() {
    state.load(rows -> {});
    for (long sequence = 1; sequence <= 5; sequence++) {
      send(sequence);
    }
    state.enter(0, 5);
    state.beginEvent();
    outbox.apply(
        MessagesAcknowledged.newBuilder()
            .setTargetService(TARGET.service())
            .setTargetPartition(TARGET.partition())
            .setUpToSequence(3)
            .build(),
        new At(6, 0, 0),
        5);
    state.endEvent();
    assertThat(outbox.size()).isEqualTo(2);
    for (long sequence = 1; sequence <= 5; sequence++) {
      assertThat(outbox.get(TARGET, sequence) != null).isEqualTo(sequence > 3);
    }
  }
}
