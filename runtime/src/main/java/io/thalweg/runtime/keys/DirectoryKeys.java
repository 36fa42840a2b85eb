package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import io.thalweg.host.Host;
import io.thalweg.state.ForgettingStore;
import io.thalweg.state.ForgettingStore.Row;
import io.thalweg.state.StoreException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys in a directory of this machine, which is made when the first key is kept. Thread-safe.
 *
 * <pre>
 *   "f"                        -&gt; format, 1 byte: 1
 *   "i"                        -&gt; identity of the set, 16 bytes
 *   "t", bucket 2              -&gt; tag of the bucket, 8 bytes
 *   "k", subject 16, id 16     -&gt; the key, 32 bytes
 * </pre>
 *
 * <p>Deleting them deletes what was sealed, so the data directory remembers the identity: see
 * {@link io.thalweg.runtime.DataDirectory}.
 */
public final class DirectoryKeys implements SubjectKeys {
  private static final byte FORMAT = 1;
  private static final byte[] FORMAT_KEY = {'f'};
  private static final byte[] ID_KEY = {'i'};
  private static final byte TAG = 't';
  private static final byte KEY = 'k';

  private final Path directory;
  private final Consumer<String> begun;
  private volatile @Nullable Open open;

  private record Open(ForgettingStore store, String id, AtomicLong count) {}

  private DirectoryKeys(Path directory, Consumer<String> begun) {
    this.directory = directory;
    this.begun = begun;
  }

  /**
   * Opens the keys of a directory, if there are any.
   *
   * @param begun told the identity of the set when it is made, before the first key is in it
   * @throws StoreException if they cannot be read
   */
  public static DirectoryKeys open(Path directory, Consumer<String> begun) {
    DirectoryKeys keys = new DirectoryKeys(directory, begun);
    if (Files.isDirectory(directory)) {
      ForgettingStore store = ForgettingStore.open(directory);
      try {
        // Without an identity it is one that a crash left when it was being made.
        String id = readId(store, directory);
        keys.open =
            id == null
                ? null
                : new Open(store, id, new AtomicLong(store.countWithPrefix(new byte[] {KEY})));
      } finally {
        if (keys.open == null) {
          store.close();
        }
      }
    }
    return keys;
  }

  private static @Nullable String readId(ForgettingStore store, Path directory) {
    byte[] format = store.get(FORMAT_KEY);
    byte[] id = store.get(ID_KEY);
    if (format == null && id == null) {
      return null;
    }
    if (format == null || id == null || format.length != 1) {
      throw new StoreException(directory + " is damaged: put it back from a copy", null);
    }
    if (format[0] != FORMAT) {
      throw new StoreException(
          "%s has format %d; this build reads format %d".formatted(directory, format[0], FORMAT),
          null);
    }
    return HexFormat.of().formatHex(id);
  }

  private synchronized Open openOrMake() {
    Open present = open;
    if (present != null) {
      return present;
    }
    ForgettingStore store = ForgettingStore.open(directory);
    try {
      byte[] id = new byte[16];
      Host.machine().random().nextBytes(id);
      store.change(
          List.of(new Row(FORMAT_KEY, new byte[] {FORMAT}), new Row(ID_KEY, id)), List.of());
      Open made = new Open(store, HexFormat.of().formatHex(id), new AtomicLong());
      begun.accept(made.id());
      open = made;
      return made;
    } finally {
      if (open == null) {
        store.close();
      }
    }
  }

  @Override
  public List<SubjectKey> of(ByteString subject) {
    Open present = open;
    return present == null ? List.of() : read(present, subject.toByteArray());
  }

  /** Those whose subjects begin so. */
  private static List<SubjectKey> read(Open present, byte[] prefix) {
    List<SubjectKey> keys = new ArrayList<>();
    byte[] from = ByteBuffer.allocate(1 + prefix.length).put(KEY).put(prefix).array();
    for (Row row : present.store().withPrefix(from)) {
      byte[] name = java.util.Arrays.copyOfRange(row.key(), 1, row.key().length);
      keys.add(new SubjectKey(KeyName.of(name), ByteString.copyFrom(row.value())));
    }
    return keys;
  }

  @Override
  public void change(Collection<SubjectKey> made, Collection<KeyName> destroyed) {
    if (made.isEmpty() && (destroyed.isEmpty() || open == null)) {
      return;
    }
    Open present = openOrMake();
    List<Row> puts = new ArrayList<>();
    Set<Integer> buckets = new HashSet<>();
    for (SubjectKey key : made) {
      puts.add(new Row(rowKey(key.name()), key.secret().toByteArray()));
      buckets.add(SubjectKeys.bucketOf(key.name().subject()));
    }
    List<byte[]> deletes = new ArrayList<>();
    for (KeyName name : destroyed) {
      deletes.add(rowKey(name));
      buckets.add(SubjectKeys.bucketOf(name.subject()));
    }
    for (int bucket : buckets) {
      // Drawn and not counted: of two changes at once either may be written last.
      byte[] tag = ByteBuffer.allocate(8).putLong(Host.machine().random().nextLong()).array();
      byte[] key = ByteBuffer.allocate(3).put(TAG).putShort((short) bucket).array();
      puts.add(new Row(key, tag));
    }
    long gone = destroyed.stream().filter(name -> isThere(present, name)).count();
    present.store().change(puts, deletes);
    present.count().addAndGet(made.size() - gone);
  }

  private static boolean isThere(Open present, KeyName name) {
    return present.store().get(rowKey(name)) != null;
  }

  private static byte[] rowKey(KeyName name) {
    return ByteBuffer.allocate(1 + KeyName.BYTES).put(KEY).put(name.toBytes()).array();
  }

  @Override
  public @Nullable String id() {
    Open present = open;
    return present == null ? null : present.id();
  }

  @Override
  public SortedMap<Integer, Long> tags() {
    SortedMap<Integer, Long> tags = new TreeMap<>();
    Open present = open;
    if (present != null) {
      for (Row row : present.store().withPrefix(new byte[] {TAG})) {
        tags.put(
            (int) ByteBuffer.wrap(row.key()).getShort(1), ByteBuffer.wrap(row.value()).getLong());
      }
    }
    return tags;
  }

  @Override
  public List<SubjectKey> bucket(int bucket) {
    Open present = open;
    List<SubjectKey> keys = new ArrayList<>();
    if (present != null) {
      // A bucket is 10 bits: 64 prefixes of two bytes.
      for (int low = 0; low < 64; low++) {
        keys.addAll(read(present, new byte[] {(byte) (bucket >>> 2), (byte) (bucket << 6 | low)}));
      }
    }
    return keys;
  }

  @Override
  public long count() {
    Open present = open;
    return present == null ? 0 : present.count().get();
  }

  @Override
  public void close() {
    Open present = open;
    open = null;
    if (present != null) {
      present.store().close();
    }
  }
}
