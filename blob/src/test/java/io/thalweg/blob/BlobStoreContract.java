package io.thalweg.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.blob.BlobException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does. The tests of a store extend it and say how one is opened. */
public abstract class BlobStoreContract {
  /** Longer than whatever a store handles in one piece, but short enough for a test. */
  protected static final int LARGE_BYTES = 12 << 20;

  /** The bound that stores of these tests are opened with. */
  protected static final long MAX_BLOB_BYTES = 16 << 20;

  protected BlobStore store = unopened();

  private static BlobStore unopened() {
    return (BlobStore)
        java.lang.reflect.Proxy.newProxyInstance(
            BlobStore.class.getClassLoader(),
            new Class<?>[] {BlobStore.class},
            (self, method, arguments) -> {
              throw new IllegalStateException("not open yet");
            });
  }

  /** Opens the store of a test, again if it was opened before: it holds the same. */
  protected abstract BlobStore open() throws Exception;

  /** Changes one byte of a blob, behind the store's back. */
  protected abstract void damage(BlobId id) throws Exception;

  @BeforeEach
  final void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  final void closeStore() {
    store.close();
  }

  /** Bytes that are the same for the same seed. */
  protected static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private byte[] read(BlobId id) throws IOException {
    try (InputStream in = store.get(id)) {
      return in.readAllBytes();
    }
  }

  private byte[] read(BlobId id, long from, long length) throws IOException {
    try (InputStream in = store.get(id, from, length)) {
      return in.readAllBytes();
    }
  }

  /** That a call fails for a reason. */
  protected static void assertFails(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            BlobException.class,
            e -> {
              assertThat(e.reason()).as(e.toString()).isEqualTo(reason);
              for (String word : words) {
                assertThat(e).hasMessageContaining(word);
              }
            });
  }

  @Test
  final void aBlobIsNamedByTheSha256OfItsBytesAndReadBackAsItWas() throws Exception {
    byte[] hello = "hello".getBytes(StandardCharsets.UTF_8);
    Blob blob = store.put(hello);
    assertThat(blob.id().hex())
        .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assertThat(blob.sizeBytes()).isEqualTo(5);
    assertThat(read(blob.id())).isEqualTo(hello);
    assertThat(store.sizeOf(blob.id())).hasValue(5);
    assertThat(store.verify(blob.id())).isEqualTo(5);
  }

  @Test
  final void theEmptyBlobIsABlob() throws Exception {
    Blob blob = store.put(new byte[0]);
    assertThat(read(blob.id())).isEmpty();
    assertThat(read(blob.id(), 0, 0)).isEmpty();
    assertThat(store.sizeOf(blob.id())).hasValue(0);
  }

  @Test
  final void aLargeBlobIsReadBackAsItWasAndSurvivesAnotherOpen() throws Exception {
    byte[] large = bytes(LARGE_BYTES, 1);
    Blob blob = store.put(large);
    assertThat(Arrays.equals(read(blob.id()), large)).isTrue();
    store.close();
    store = open();
    assertThat(blob).isEqualTo(new Blob(BlobId.of(large), LARGE_BYTES));
    assertThat(Arrays.equals(read(blob.id()), large)).isTrue();
    // Again, over the one that is there.
    assertThat(store.put(large)).isEqualTo(blob);
    assertThat(store.verify(blob.id())).isEqualTo(LARGE_BYTES);
  }

  @Test
  final void aRangeIsWhatStandsThere() throws Exception {
    byte[] content = bytes(300_000, 2);
    BlobId id = store.put(content).id();
    assertThat(read(id, 0, 10)).isEqualTo(Arrays.copyOf(content, 10));
    assertThat(read(id, 299_990, 10)).isEqualTo(Arrays.copyOfRange(content, 299_990, 300_000));
    assertThat(read(id, 1000, 200_000)).isEqualTo(Arrays.copyOfRange(content, 1000, 201_000));
    assertThat(read(id, 0, 300_000)).isEqualTo(content);
    assertThat(read(id, 300_000, 0)).isEmpty();
    assertFails(() -> read(id, 299_990, 11), Reason.REFUSED, "300,000 bytes", "299,990");
    assertFails(() -> read(id, -1, 1), Reason.REFUSED);
    assertFails(() -> read(id, 0, -1), Reason.REFUSED);
    assertFails(() -> read(id, 1, Long.MAX_VALUE), Reason.REFUSED);
    assertThat(store.counts().refused()).isEqualTo(4);
  }

  @Test
  final void whatIsNotThereIsSaidToBeSo() throws Exception {
    BlobId nothing = BlobId.of(new byte[] {1});
    assertThat(store.sizeOf(nothing)).isEmpty();
    assertFails(() -> read(nothing), Reason.NOT_FOUND, nothing.hex());
    assertFails(() -> read(nothing, 0, 1), Reason.NOT_FOUND, nothing.hex());
    assertFails(() -> store.verify(nothing), Reason.NOT_FOUND);
    store.delete(nothing);
    assertThat(store.ref("none")).isEmpty();
    store.deleteRef("none");
  }

  @Test
  final void aDeletedBlobIsGone() throws Exception {
    BlobId id = store.put(bytes(100, 3)).id();
    store.delete(id);
    assertThat(store.sizeOf(id)).isEmpty();
    assertFails(() -> read(id), Reason.NOT_FOUND);
    assertThat(store.list("", null, 10)).isEmpty();
    assertThat(store.put(bytes(100, 3)).id()).isEqualTo(id);
    assertThat(read(id)).isEqualTo(bytes(100, 3));
  }

  @Test
  final void aDamagedBlobIsNotedByItsReaderAndWholeAgainOncePut() throws Exception {
    byte[] content = bytes(200_000, 4);
    BlobId id = store.put(content).id();
    damage(id);
    assertFails(() -> read(id), Reason.DAMAGED, id.hex());
    assertFails(() -> store.verify(id), Reason.DAMAGED);
    assertFails(() -> read(id, 0, 200_000), Reason.DAMAGED);
    assertThat(store.counts().damaged()).isEqualTo(3);
    store.put(content);
    assertThat(read(id)).isEqualTo(content);
  }

  @Test
  final void aBlobBeyondTheBoundIsRefusedAndNothingOfItIsStored() throws Exception {
    byte[] tooLong = bytes((int) MAX_BLOB_BYTES + 1, 5);
    assertFails(() -> store.put(tooLong), Reason.REFUSED, "16,777,216");
    assertThat(store.list("", null, 10)).isEmpty();
    assertThat(store.counts().refused()).isEqualTo(1);
    assertThat(store.counts().puts()).isZero();
  }

  @Test
  final void ofAStreamThatBreaksNothingIsStored() throws Exception {
    InputStream breaks =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the sender is gone");
          }

          @Override
          public int read(byte[] into, int offset, int count) throws IOException {
            return read();
          }
        };
    byte[] begins = bytes(LARGE_BYTES, 6);
    assertThatThrownBy(
            () -> store.put(new SequenceInputStream(new ByteArrayInputStream(begins), breaks)))
        .isInstanceOf(IOException.class)
        .hasMessage("the sender is gone");
    assertThat(store.list("", null, 10)).isEmpty();
  }

  @Test
  final void aListIsSortedPagedAndByPrefix() throws Exception {
    List<Blob> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      all.add(store.put(bytes(i, 100 + i)));
    }
    all.sort((a, b) -> a.id().compareTo(b.id()));
    List<Blob> found = new ArrayList<>();
    @Nullable BlobId after = null;
    List<Blob> page = store.list("", after, 7);
    while (!page.isEmpty()) {
      assertThat(page).hasSizeLessThanOrEqualTo(7);
      found.addAll(page);
      after = page.getLast().id();
      page = store.list("", after, 7);
    }
    assertThat(found).isEqualTo(all);
    for (int length : new int[] {1, 2, 5, 64}) {
      String prefix = all.get(17).id().hex().substring(0, length);
      assertThat(store.list(prefix, null, BlobStore.MAX_PAGE))
          .isEqualTo(all.stream().filter(b -> b.id().hex().startsWith(prefix)).toList());
    }
    assertFails(() -> store.list("G", null, 7), Reason.REFUSED, "prefix");
    assertFails(() -> store.list("", null, 0), Reason.REFUSED, "most", "1 to 1000");
    assertFails(() -> store.list("", null, 1001), Reason.REFUSED, "most");
  }

  @Test
  final void aReferenceIsReplacedOnlyFromTheVersionThatIsExpected() throws Exception {
    String name = "checkpoints/leaderboard/3/latest";
    BlobRef first = store.replaceRef(name, null, new byte[] {1});
    assertThat(store.ref(name)).hasValue(first);
    assertFails(() -> store.replaceRef(name, null, new byte[] {2}), Reason.CONFLICT, name);
    BlobRef second = store.replaceRef(name, first.version(), new byte[] {2});
    assertThat(store.ref(name)).hasValue(second);
    assertFails(
        () -> store.replaceRef(name, first.version(), new byte[] {3}), Reason.CONFLICT, name);
    // The same value again is another version.
    BlobRef third = store.replaceRef(name, second.version(), new byte[] {2});
    assertThat(third.version()).isNotEqualTo(second.version());
    assertFails(() -> store.replaceRef(name, second.version(), new byte[] {3}), Reason.CONFLICT);
    assertThat(store.counts().conflicts()).isEqualTo(3);
    store.close();
    store = open();
    assertThat(store.ref(name)).hasValue(third);
    store.deleteRef(name);
    assertThat(store.ref(name)).isEmpty();
    assertFails(() -> store.replaceRef(name, third.version(), new byte[] {4}), Reason.CONFLICT);
    store.replaceRef(name, null, new byte[] {5});
  }

  @Test
  final void ofThoseWhoReplaceAReferenceAtOnceOneSucceeds() throws Exception {
    int threads = 4;
    int rounds = 10;
    @Nullable String version = null;
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int round = 0; round < rounds; round++) {
        CyclicBarrier together = new CyclicBarrier(threads);
        String expected = version;
        List<Callable<@Nullable BlobRef>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          byte[] value = {(byte) round, (byte) i};
          all.add(() -> {
            together.await();
            try {
              return store.replaceRef("race", expected, value);
            } catch (BlobException e) {
              assertThat(e.reason()).isEqualTo(Reason.CONFLICT);
              return null;
            }
          });
        }
        List<BlobRef> winners = new ArrayList<>();
        for (Future<@Nullable BlobRef> each : pool.invokeAll(all)) {
          BlobRef won = each.get();
          if (won != null) {
            winners.add(won);
          }
        }
        assertThat(winners).hasSize(1);
        assertThat(store.ref("race")).hasValue(winners.getFirst());
        version = winners.getFirst().version();
      }
    }
  }

  @Test
  final void referencesAreListedByPrefix() throws Exception {
    List<String> names =
        new ArrayList<>(
            List.of("a/1", "a/2", "a/3/x", "a.b", "a-b", "ab", "b/1", "checkpoints/s/0/latest"));
    for (String name : names) {
      store.replaceRef(name, null, new byte[0]);
    }
    Collections.sort(names);
    assertThat(store.listRefs("", "", 100)).isEqualTo(names);
    assertThat(store.listRefs("a/", "", 100)).containsExactly("a/1", "a/2", "a/3/x");
    assertThat(store.listRefs("a/", "a/1", 1)).containsExactly("a/2");
    assertThat(store.listRefs("none", "", 100)).isEmpty();
    assertThat(store.list("", null, 10)).isEmpty();
  }

  @Test
  final void badNamesAndLargeValuesOfReferencesAreRefused() {
    for (String bad :
        List.of("", "/a", "a/", "a//b", "..", "a/../b", ".a", "a b", "a%b", "ü", "x".repeat(201))) {
      assertFails(
          () -> store.replaceRef(bad, null, new byte[0]), Reason.REFUSED, "ref name must have");
      assertFails(() -> store.ref(bad), Reason.REFUSED, "ref name must have");
    }
    assertFails(
        () -> store.replaceRef("a", null, new byte[BlobRef.MAX_VALUE_BYTES + 1]),
        Reason.REFUSED,
        "65,536",
        "65,537");
  }

  @Test
  final void theLargestReferenceFits() throws Exception {
    String name = "x".repeat(100) + "/" + "y".repeat(99);
    byte[] value = bytes(BlobRef.MAX_VALUE_BYTES, 7);
    store.replaceRef(name, null, value);
    assertThat(Objects.requireNonNull(store.ref(name).orElse(null)).value()).isEqualTo(value);
  }

  @Test
  final void theSameBlobPutByManyAtOnceIsWhole() throws Exception {
    byte[] content = bytes(1 << 20, 8);
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Callable<Blob>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(() -> store.put(content));
      }
      for (Future<Blob> each : pool.invokeAll(all)) {
        assertThat(each.get().id()).isEqualTo(BlobId.of(content));
      }
    }
    assertThat(store.verify(BlobId.of(content))).isEqualTo(1 << 20);
  }
}
