package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.host.Host;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the flush thread writes when the store fails it. */
final class FlusherTest {
  private static final byte[] CURSOR_KEY = {1};
  private final QueuedExecutor flushes = new QueuedExecutor();
  private final FailingStore store =
      new FailingStore(new MemoryStore(StateOptions.defaults(), flushes));
  private final Flusher flusher = new Flusher(store, CURSOR_KEY);

  @Test
  void afterALayerThatFailedNothingMoreIsWritten() {
    Layer first = layer(1);
    Layer second = layer(2);
    flusher.submit(first);
    flusher.submit(second);
    store.fails = true;
    flushes.runOne();
    store.fails = false;
    flushes.runAll();
    assertThat(first.written).isFalse();
    assertThat(second.written).isFalse();
    assertThat(flusher.storedEndOffset()).isZero();
    assertThat(store.get(CURSOR_KEY)).isNull();
    assertThatThrownBy(flusher::check).isInstanceOf(StoreException.class);
  }

  @Test
  void layersAreWrittenInTheOrderInWhichTheyAreHandedIn() {
    Layer first = layer(1);
    Layer second = layer(2);
    flusher.submit(first);
    flusher.submit(second);
    flusher.submit(first);
    flushes.runOne();
    assertThat(flusher.storedEndOffset()).isEqualTo(1);
    flushes.runAll();
    assertThat(flusher.storedEndOffset()).isEqualTo(2);
    flusher.check();
  }

  @Test
  void whatWaitsWhenThePartitionIsGivenUpIsNotWritten() throws InterruptedException {
    Layer layer = layer(1);
    flusher.submit(layer);
    Thread stopping = new Thread(flusher::stop);
    stopping.start();
    // It has said so, and waits for what was handed in.
    while (stopping.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    flushes.runAll();
    stopping.join();
    assertThat(layer.written).isFalse();
    assertThat(store.get(CURSOR_KEY)).isNull();
  }

  private static Layer layer(long endOffset) {
    Layer layer = new Layer();
    layer.rows.put(new byte[] {2, (byte) endOffset}, new byte[] {3});
    layer.endOffset = endOffset;
    return layer;
  }

  /** Rows in memory; no batch can be written while it fails. */
  private static final class FailingStore implements Store {
    private final MemoryStore rows;
    private boolean fails;

    FailingStore(MemoryStore rows) {
      this.rows = rows;
    }

    @Override
    public StateOptions options() {
      return rows.options();
    }

    @Override
    public Host host() {
      return rows.host();
    }

    @Override
    public MemoryBudget budget() {
      return rows.budget();
    }

    @Override
    public Executor flushExecutor() {
      return rows.flushExecutor();
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
      return rows.get(key);
    }

    @Override
    public StoreBatch batch() {
      if (fails) {
        throw new StoreException("the disk is full", new IllegalStateException());
      }
      return rows.batch();
    }

    @Override
    public StoreSnapshot snapshot() {
      return rows.snapshot();
    }

    @Override
    public void persist() {
      rows.persist();
    }

    @Override
    public void close() {
      rows.close();
    }
  }
}
