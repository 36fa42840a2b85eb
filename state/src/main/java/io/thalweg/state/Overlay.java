package io.thalweg.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a partition: layers of changes over a store. The active layer takes changes; at a
 * batch boundary it is frozen and a new one begins. A frozen layer is written when its boundary is
 * durable, and then stays for a while as a cache.
 *
 * <p>Layers leave in the order in which they came, so what a layer remembers of the rows below it
 * stays true as long as it is there. Partition's thread.
 */
final class Overlay {
  /** Frozen layers that wait to be written, at most. Then the active one grows. */
  static final int MAX_UNWRITTEN_LAYERS = 4;

  /** Written layers that are kept as a cache, at most: each costs a lookup. */
  static final int MAX_WRITTEN_LAYERS = 3;

  private final Store store;
  private final MemoryBudget budget;
  private final Flusher flusher;

  /** Newest first: those that wait to be written, then those that are. */
  private final ArrayDeque<Layer> frozen = new ArrayDeque<>();

  private final ArrayList<Undo> undo = new ArrayList<>();
  private Layer active = new Layer();
  private long publishedBytes;
  private boolean recording;
  private long readCacheBytes;

  Overlay(Store store, PartitionScope scope) {
    this.store = store;
    this.budget = store.budget();
    this.flusher = new Flusher(store, RowFormat.cursorKey(scope));
    this.readCacheBytes = budget.cleanBytesOfPartition() / 2;
  }

  Flusher flusher() {
    return flusher;
  }

  /** The row's value, or null. */
  byte @Nullable [] get(byte[] key) {
    byte[] value = active.get(key);
    if (value != null) {
      return Layer.isDeleted(value) ? null : value;
    }
    for (Layer layer : frozen) {
      value = layer.get(key);
      if (value != null) {
        return Layer.isDeleted(value) ? null : value;
      }
    }
    byte[] stored = store.get(key);
    byte[] read = stored == null ? Layer.DELETED : RowFormat.tableValue(stored, stored.length);
    active.reads.put(key, read, readCacheBytes);
    return stored == null ? null : read;
  }

  void put(byte[] key, byte[] value) {
    change(active.rows, key, value);
  }

  void delete(byte[] key) {
    change(active.rows, key, Layer.DELETED);
  }

  /** From inclusive to exclusive. */
  void deleteRange(byte[] from, byte[] to) {
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return;
    }
    for (byte[] key : keysWithin(active.rows, from, to)) {
      change(active.rows, key, null);
    }
    // Intervals stay disjoint: one that reaches into this one is continued, those that begin within
    // it are replaced.
    byte[] start = from;
    byte[] covered = CowTree.floorValue(active.ranges.root(), from);
    if (covered != null && Arrays.compareUnsigned(covered, from) > 0) {
      start = covered;
    }
    if (Arrays.compareUnsigned(start, to) >= 0) {
      return;
    }
    byte[] end = to;
    for (byte[] key : keysWithin(active.ranges, start, to)) {
      byte[] other = active.ranges.get(key);
      if (other != null && Arrays.compareUnsigned(other, end) > 0) {
        end = other;
      }
      change(active.ranges, key, null);
    }
    change(active.ranges, start, end);
  }

  /** A scan on the partition's thread; nothing may change until it is closed. */
  MergeScan scan(byte[] from, byte[] to) {
    List<MergeScan.Source> sources = new ArrayList<>();
    sources.add(MergeScan.Source.live(active));
    for (Layer layer : frozen) {
      if (!layer.written) {
        sources.add(MergeScan.Source.live(layer));
      }
    }
    SnapshotScan stored = SnapshotScan.open(store, from, to);
    return new MergeScan(sources, stored, from, to);
  }

  /** The layers as they are now, for readers on other threads, newest first. */
  List<MergeScan.Source> freezeSources() {
    List<MergeScan.Source> sources = new ArrayList<>();
    sources.add(MergeScan.Source.frozen(active));
    for (Layer layer : frozen) {
      // A layer that is written is in the snapshot that is taken after this. One that is written
      // between the two is in both, which shows the same.
      if (!layer.written) {
        sources.add(MergeScan.Source.frozen(layer));
      }
    }
    return sources;
  }

  void startRecording() {
    recording = true;
  }

  void told(Undo.Told<?, ?> change) {
    if (recording) {
      undo.add(change);
    }
  }

  void stopRecording() {
    recording = false;
    undo.clear();
  }

  /** Takes the recorded changes back, the last one first. */
  void undo() {
    recording = false;
    for (int i = undo.size() - 1; i >= 0; i--) {
      switch (undo.get(i)) {
        case Undo.Entry(CowTree tree, byte[] key, byte[] before) -> change(tree, key, before);
        case Undo.Told<?, ?> told -> OverlayTable.tellInverse(told);
      }
    }
    undo.clear();
  }

  void batchClosed(long endOffset, byte[] cursor) {
    active.batches++;
    active.endOffset = endOffset;
    active.cursor = cursor;
    publish();
    StateOptions options = store.options();
    if (active.bytes >= budget.layerBytes()
        || active.entries() >= options.layerRows()
        || active.batches >= options.layerBatches()) {
      freeze();
    }
    dropWritten();
  }

  /** Freezes the active layer, if it has a batch and not too many layers wait. */
  void freeze() {
    if (active.batches == 0 || unwritten() >= MAX_UNWRITTEN_LAYERS) {
      return;
    }
    publish();
    frozen.addFirst(active);
    active = new Layer();
    publishedBytes = 0;
  }

  /** Hands layers whose boundary is durable to the flush thread, oldest first. */
  void writeDurable(long durableOffset) {
    var oldestFirst = frozen.descendingIterator();
    while (oldestFirst.hasNext()) {
      Layer layer = oldestFirst.next();
      if (layer.endOffset > durableOffset) {
        break;
      }
      flusher.submit(layer);
    }
    dropWritten();
  }

  /** Whether batches were closed that are not in the store. */
  boolean hasUnwritten() {
    return active.batches > 0 || unwritten() > 0;
  }

  boolean overBudget() {
    publish();
    return budget.exceeded();
  }

  long bytes() {
    long bytes = active.bytes + active.reads.bytes();
    for (Layer layer : frozen) {
      bytes += layer.bytes + layer.reads.bytes();
    }
    return bytes;
  }

  /** Forgets all layers, written or not. Nothing may be in the hands of the flush thread. */
  void clear() {
    long dirty = publishedBytes;
    for (Layer layer : frozen) {
      dirty += layer.written ? 0 : layer.bytes;
    }
    budget.addDirty(-dirty);
    frozen.clear();
    active = new Layer();
    publishedBytes = 0;
    stopRecording();
  }

  private int unwritten() {
    int unwritten = 0;
    for (Layer layer : frozen) {
      unwritten += layer.written ? 0 : 1;
    }
    return unwritten;
  }

  private void dropWritten() {
    long limitBytes = budget.cleanBytesOfPartition();
    readCacheBytes = limitBytes / 2;
    int written = 0;
    long clean = active.reads.bytes();
    for (Layer layer : frozen) {
      clean += layer.reads.bytes() + (layer.written ? layer.bytes : 0);
      written += layer.written ? 1 : 0;
    }
    while (!frozen.isEmpty()
        && frozen.getLast().written
        && (written > MAX_WRITTEN_LAYERS || clean > limitBytes)) {
      Layer dropped = frozen.removeLast();
      written--;
      clean -= dropped.bytes + dropped.reads.bytes();
    }
    if (clean > limitBytes) {
      // What is left are layers that must stay; what they read from below need not.
      frozen.forEach(layer -> layer.reads.clear());
    }
  }

  private void publish() {
    budget.addDirty(active.bytes - publishedBytes);
    publishedBytes = active.bytes;
  }

  /** Sets an entry of the active layer, or removes it. */
  private void change(CowTree tree, byte[] key, byte @Nullable [] value) {
    byte[] before = value == null ? tree.remove(key) : tree.put(key, value);
    active.bytes += entryBytes(key, value) - entryBytes(key, before);
    if (recording) {
      undo.add(new Undo.Entry(tree, key, before));
    }
  }

  private static long entryBytes(byte[] key, byte @Nullable [] value) {
    return value == null ? 0 : CowTree.ENTRY_OVERHEAD_BYTES + key.length + value.length;
  }

  private static List<byte[]> keysWithin(CowTree tree, byte[] from, byte[] to) {
    List<byte[]> keys = new ArrayList<>();
    if (tree.size() == 0) {
      return keys;
    }
    TreeCursor cursor = new TreeCursor(tree.root());
    for (cursor.seek(from); cursor.valid(); cursor.next()) {
      if (Arrays.compareUnsigned(cursor.key(), to) >= 0) {
        break;
      }
      keys.add(cursor.key());
    }
    return keys;
  }
}
