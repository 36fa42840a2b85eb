package io.thalweg.testkit;

import io.thalweg.host.Host;
import io.thalweg.state.MemoryBudget;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.Store;
import io.thalweg.state.StoreBatch;
import io.thalweg.state.StoreCorruptException;
import io.thalweg.state.StoreSnapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The tables' store as a crash may leave it. Like RocksDB without its write-ahead log, what
 * survives is a prefix of the batches that were written, at least those before the last {@link
 * #persist}.
 */
final class SimulatedStore implements Store {
  private static final int MAX_IMAGES = 16;

  private final MemoryStore rows;
  private final Deque<MemoryStore> images = new ArrayDeque<>();
  private boolean isDamaged;

  /** A store that continues an image. */
  SimulatedStore(MemoryStore image, Executor flushes, Host host) {
    rows = image.copy(flushes, host);
    remember();
  }

  /** Whatever is read from now on turns out to be damaged, as by RocksDB's checksums. */
  void damage() {
    isDamaged = true;
  }

  private void checkWhole() {
    if (isDamaged) {
      throw new StoreCorruptException("a simulated block has a bad checksum", null);
    }
  }

  private void remember() {
    images.addLast(rows.copy());
    if (images.size() > MAX_IMAGES) {
      images.removeFirst();
    }
  }

  /** What a crash now leaves. */
  MemoryStore afterCrash(SplittableRandom random) {
    int drawn = random.nextInt(images.size());
    return images.stream().skip(drawn).findFirst().orElseThrow();
  }

  /** What a clean close leaves. */
  MemoryStore image() {
    return images.getLast();
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
    checkWhole();
    return rows.get(key);
  }

  @Override
  public StoreBatch batch() {
    StoreBatch batch = rows.batch();
    return new StoreBatch() {
      @Override
      public void put(byte[] key, byte[] value) {
        batch.put(key, value);
      }

      @Override
      public void delete(byte[] key) {
        batch.delete(key);
      }

      @Override
      public void deleteRange(byte[] from, byte[] to) {
        batch.deleteRange(from, to);
      }

      @Override
      public void write() {
        batch.write();
        remember();
      }

      @Override
      public void close() {
        batch.close();
      }
    };
  }

  @Override
  public StoreSnapshot snapshot() {
    checkWhole();
    return rows.snapshot();
  }

  @Override
  public void persist() {
    rows.persist();
    MemoryStore last = images.getLast();
    images.clear();
    images.add(last);
  }

  @Override
  public void close() {
    persist();
    rows.close();
  }
}
