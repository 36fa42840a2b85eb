package io.thalweg.state;

import io.thalweg.host.Host;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, for simulation: nothing in it depends on time or threads, and layers are
 * written by the thread that finds them durable. It copies itself in constant time, which gives
 * "what a crash would leave" after each batch. Nothing bounds its size.
 */
public final class MemoryStore implements Store {
  private final StateOptions options;
  private final Executor flushExecutor;
  private final MemoryBudget budget;
  private final Host host;
  private final OpenUses uses;
  private final CowTree rows;

  /** An empty store with {@link StateOptions#defaults}. */
  public MemoryStore() {
    this(StateOptions.defaults());
  }

  /** An empty store whose layers are written at once by the thread that finds them durable. */
  public MemoryStore(StateOptions options) {
    this(options, Runnable::run);
  }

  /** An empty store whose layers are written by {@code flushExecutor}, one at a time. */
  public MemoryStore(StateOptions options, Executor flushExecutor) {
    this(options, flushExecutor, Host.machine());
  }

  /** As the one before, on another host. */
  public MemoryStore(StateOptions options, Executor flushExecutor, Host host) {
    this(options, flushExecutor, host, new CowTree());
  }

  private MemoryStore(StateOptions options, Executor flushExecutor, Host host, CowTree rows) {
    this.options = options;
    this.flushExecutor = flushExecutor;
    this.host = host;
    this.uses = new OpenUses("memory store", host);
    this.budget = new MemoryBudget(options);
    this.rows = rows;
  }

  /** A store of its own with the present rows: what a crash now would leave. */
  public MemoryStore copy() {
    return copy(flushExecutor, host);
  }

  /** As {@link #copy()}, for what runs after the crash. */
  public MemoryStore copy(Executor otherFlushExecutor, Host otherHost) {
    synchronized (rows) {
      return new MemoryStore(options, otherFlushExecutor, otherHost, rows.fork());
    }
  }

  @Override
  public StateOptions options() {
    return options;
  }

  @Override
  public Host host() {
    return host;
  }

  @Override
  public MemoryBudget budget() {
    return budget;
  }

  @Override
  public Executor flushExecutor() {
    return flushExecutor;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    uses.check();
    synchronized (rows) {
      byte[] value = rows.get(key);
      return value == null ? null : value.clone();
    }
  }

  @Override
  public StoreBatch batch() {
    uses.enter();
    return new Batch();
  }

  @Override
  public StoreSnapshot snapshot() {
    uses.enter();
    synchronized (rows) {
      return new Snapshot(rows.snapshot());
    }
  }

  @Override
  public void persist() {
    uses.check();
  }

  @Override
  public void close() {
    uses.close(CLOSE_WAIT_MS);
  }

  private final class Batch implements StoreBatch {
    private final List<Runnable> changes = new ArrayList<>();
    private boolean closed;

    @Override
    public void put(byte[] key, byte[] value) {
      byte[] keyCopy = key.clone();
      byte[] valueCopy = value.clone();
      changes.add(() -> rows.put(keyCopy, valueCopy));
    }

    @Override
    public void delete(byte[] key) {
      byte[] keyCopy = key.clone();
      changes.add(() -> rows.remove(keyCopy));
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      byte[] fromCopy = from.clone();
      byte[] toCopy = to.clone();
      changes.add(() -> removeRange(fromCopy, toCopy));
    }

    @Override
    public void write() {
      synchronized (rows) {
        changes.forEach(Runnable::run);
      }
      changes.clear();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        uses.leave();
      }
    }

    private void removeRange(byte[] from, byte[] to) {
      TreeCursor cursor = new TreeCursor(rows.snapshot());
      for (cursor.seek(from); cursor.valid(); cursor.next()) {
        if (Arrays.compareUnsigned(cursor.key(), to) >= 0) {
          break;
        }
        rows.remove(cursor.key());
      }
    }
  }

  private final class Snapshot implements StoreSnapshot {
    private final CowNode root;
    private boolean closed;

    Snapshot(CowNode root) {
      this.root = root;
    }

    @Override
    public StoreScan scan(byte[] from, byte[] to, boolean bulk) {
      if (closed) {
        throw new IllegalStateException("the snapshot is closed");
      }
      return new Scan(root, from, to);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        uses.leave();
      }
    }
  }

  private static final class Scan implements StoreScan {
    private final TreeCursor cursor;
    private final byte[] to;
    private boolean fresh = true;

    Scan(CowNode root, byte[] from, byte[] to) {
      this.cursor = new TreeCursor(root);
      this.to = to;
      cursor.seek(from);
    }

    @Override
    public boolean next() {
      if (!fresh && cursor.valid()) {
        cursor.next();
      }
      fresh = false;
      return cursor.valid() && Arrays.compareUnsigned(cursor.key(), to) < 0;
    }

    @Override
    public void seek(byte[] key) {
      cursor.seek(key);
      fresh = true;
    }

    @Override
    public byte[] key() {
      return cursor.key().clone();
    }

    @Override
    public byte[] value() {
      return cursor.value().clone();
    }

    @Override
    public void close() {}
  }
}
