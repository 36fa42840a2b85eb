package io.thalweg.blob;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.host.Host;
import io.thalweg.log.FaultyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A directory of blobs on a disk that loses power, or fails, at every step there is. */
class BlobCrashTest {
  private static final Path DIRECTORY = Path.of("/blobs");

  /** What was acknowledged. */
  private static final class Known {
    final Map<BlobId, byte[]> put = new HashMap<>();
    final Set<BlobId> maybeGone = new HashSet<>();
    @Nullable BlobRef ref;
    byte @Nullable [] maybeValue;
  }

  private static void work(BlobStore store, Known known, long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 6; i++) {
      byte[] content = new byte[random.nextInt(2_000)];
      random.nextBytes(content);
      known.put.put(store.put(content).id(), content);
      byte[] value = {(byte) i};
      known.maybeValue = value;
      BlobRef before = known.ref;
      known.ref = store.replaceRef("a/b", before == null ? null : before.version(), value);
      if (i % 3 == 2) {
        BlobId gone = known.put.keySet().iterator().next();
        known.maybeGone.add(gone);
        store.delete(gone);
        known.put.remove(gone);
      }
    }
  }

  private static void check(FaultyFiles files, Known known, String when) throws IOException {
    try (BlobStore store = DirectoryBlobs.on(files, Host.machine(), DIRECTORY)) {
      // Whatever is listed is whole, acknowledged or not.
      for (Blob blob : store.list("", null, BlobStore.MAX_PAGE)) {
        assertThat(store.verify(blob.id())).as(when).isEqualTo(blob.sizeBytes());
      }
      for (Map.Entry<BlobId, byte[]> each : known.put.entrySet()) {
        if (!known.maybeGone.contains(each.getKey())) {
          try (var in = store.get(each.getKey())) {
            assertThat(in.readAllBytes()).as(when).isEqualTo(each.getValue());
          }
        }
      }
      BlobRef found = store.ref("a/b").orElse(null);
      BlobRef acknowledged = known.ref;
      if (found == null) {
        assertThat(acknowledged).as(when).isNull();
      } else if (!found.equals(acknowledged)) {
        assertThat(found.value()).as(when).isEqualTo(Objects.requireNonNull(known.maybeValue));
      }
      assertThat(files.files().stream().filter(f -> f.toString().contains("/unfinished/")))
          .as(when)
          .isEmpty();
      // And it works on.
      BlobId id = store.put(new byte[] {1, 2, 3}).id();
      assertThat(store.verify(id)).isEqualTo(3);
      known.ref = store.replaceRef("a/b", found == null ? null : found.version(), new byte[0]);
    }
  }

  @ParameterizedTest
  @EnumSource(FaultyFiles.Tear.class)
  void whateverStepThePowerGoesAtWhatWasAcknowledgedIsThereAndNoHalfBlob(FaultyFiles.Tear tear)
      throws IOException {
    int steps = steps();
    assertThat(steps).isGreaterThan(30);
    for (int step = 0; step < steps; step++) {
      String when = "tear " + tear + ", power off at step " + step;
      FaultyFiles files = new FaultyFiles(step);
      files.powerOffAtStep(step);
      Known known = new Known();
      run(files, known);
      files.restart(tear);
      check(files, known, when);
    }
  }

  @ParameterizedTest
  @EnumSource(FaultyFiles.Tear.class)
  void whateverStepFailsWhatWasAcknowledgedIsThereAndNoHalfBlob(FaultyFiles.Tear tear)
      throws IOException {
    int steps = steps();
    for (int step = 0; step < steps; step++) {
      String when = "tear " + tear + ", error at step " + step;
      FaultyFiles files = new FaultyFiles(step);
      files.failAtStep(step);
      Known known = new Known();
      run(files, known);
      check(files, known, when);
      files.restart(tear);
      check(files, known, when + ", and then power off");
    }
  }

  private static int steps() throws IOException {
    FaultyFiles files = new FaultyFiles(1);
    Known known = new Known();
    try (BlobStore store = DirectoryBlobs.on(files, Host.machine(), DIRECTORY)) {
      work(store, known, 7);
    }
    return files.steps();
  }

  private static void run(FaultyFiles files, Known known) {
    try (BlobStore store = DirectoryBlobs.on(files, Host.machine(), DIRECTORY)) {
      work(store, known, 7);
    } catch (IOException expected) {
      // The disk is gone, or has failed once.
    }
  }
}
