package io.thalweg.runtime.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import io.thalweg.host.Host;
import io.thalweg.state.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys in memory, and what is sealed with them. */
class KeyRingTest {
  private static final Subject ANA = Subject.of("profiles", 0, "ana");
  private static final ByteString NAME = ByteString.copyFromUtf8("Ana Ruiz");

  @TempDir Path directory;
  private final Kept kept = new Kept();
  private final KeyRing ring = new KeyRing(kept, Host.machine());

  /** Keys in a list; a test may have something happen while they are read or written. */
  private static final class Kept implements SubjectKeys {
    private final List<SubjectKey> keys = new ArrayList<>();
    private Runnable afterRead = () -> {};
    private boolean failing;
    private int changes;

    @Override
    public List<SubjectKey> of(ByteString subject) {
      List<SubjectKey> found =
          keys.stream().filter(key -> key.name().subject().equals(subject)).toList();
      Runnable then = afterRead;
      afterRead = () -> {};
      then.run();
      return found;
    }

    @Override
    public void change(Collection<SubjectKey> made, Collection<KeyName> destroyed) {
      changes++;
      keys.removeIf(key -> destroyed.contains(key.name()));
      keys.addAll(made);
      if (failing) {
        throw new StoreException("nobody knows", null);
      }
    }

    @Override
    public @Nullable String id() {
      return null;
    }

    @Override
    public SortedMap<Integer, Long> tags() {
      return new TreeMap<>();
    }

    @Override
    public List<SubjectKey> bucket(int bucket) {
      return List.of();
    }

    @Override
    public long count() {
      return keys.size();
    }

    @Override
    public void close() {}
  }

  private SubjectKey newKey(Subject subject) {
    SubjectKey key = ring.draw(subject);
    ring.change(List.of(key), List.of());
    return key;
  }

  @Test
  void aDestroyedKeyIsNotServedFromMemory() {
    SubjectKey key = newKey(ANA);
    Sealed sealed = ring.seal(ANA, key, NAME);
    assertThat(ring.unseal("profiles", 0, sealed)).contains(NAME);
    ring.change(List.of(), List.of(key.name()));
    assertThat(ring.unseal("profiles", 0, sealed)).isEmpty();
  }

  @Test
  void whatWasReadBeforeAChangeDoesNotComeIntoMemoryAfterIt() {
    SubjectKey key = newKey(ANA);
    Sealed sealed = ring.seal(ANA, key, NAME);
    kept.afterRead = () -> ring.change(List.of(), List.of(key.name()));
    assertThat(ring.of(ANA.hash())).as("read just before").containsExactly(key);
    assertThat(ring.unseal("profiles", 0, sealed)).isEmpty();
    kept.afterRead = () -> newKey(ANA);
    Subject ben = Subject.of("profiles", 0, "ben");
    kept.afterRead = () -> newKey(ben);
    assertThat(ring.of(ben.hash())).isEmpty();
    assertThat(ring.of(ben.hash())).hasSize(1);
  }

  @Test
  void afterAChangeThatFailedMemoryIsNotBelieved() {
    SubjectKey key = newKey(ANA);
    assertThat(ring.of(ANA.hash())).containsExactly(key);
    kept.failing = true;
    assertThatThrownBy(() -> ring.change(List.of(), List.of(key.name())))
        .isInstanceOf(StoreException.class);
    assertThat(ring.of(ANA.hash())).isEmpty();
  }

  @Test
  void aSealedValueCannotPassForAnotherSubjectsNorBeChanged() {
    SubjectKey key = ring.draw(ANA);
    Sealed sealed = ring.seal(ANA, key, NAME);
    assertThat(SealedBox.open(ANA, key, sealed)).isEqualTo(NAME);
    for (Subject other :
        List.of(
            Subject.of("profiles", 0, "anb"),
            Subject.of("profiles", 1, "ana"),
            Subject.of("profilet", 0, "ana"))) {
      assertThatThrownBy(() -> SealedBox.open(other, key, sealed))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a sealed value was changed, or is not of the subject that it names");
    }
    SubjectKey renamed =
        new SubjectKey(new KeyName(ANA.hash(), ring.draw(ANA).name().id()), key.secret());
    assertThatThrownBy(() -> SealedBox.open(ANA, renamed, sealed))
        .isInstanceOf(IllegalArgumentException.class);
    for (int i = 0; i < sealed.getCiphertext().size(); i++) {
      byte[] bytes = sealed.getCiphertext().toByteArray();
      bytes[i] ^= 1;
      Sealed bad = sealed.toBuilder().setCiphertext(ByteString.copyFrom(bytes)).build();
      assertThatThrownBy(() -> SealedBox.open(ANA, key, bad))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> SealedBox.open(ANA, key, sealed.toBuilder().clearNonce().build()))
        .hasMessageContaining("has 12 bytes; got 0");
  }

  @Test
  void theSameValueIsSealedDifferentlyEachTimeAndASecretIsNeverInAText() {
    SubjectKey key = ring.draw(ANA);
    assertThat(ring.seal(ANA, key, NAME).getCiphertext())
        .isNotEqualTo(ring.seal(ANA, key, NAME).getCiphertext());
    assertThat(key.toString()).doesNotContain(key.secret().toString());
  }

  @Test
  void namesOfSubjectsDoNotRunIntoThoseOfServices() {
    assertThat(Subject.of("a", 0, "b").hash()).isNotEqualTo(Subject.of("ab", 0, "").hash());
    assertThat(Subject.of("a", 1, "b").hash()).isNotEqualTo(Subject.of("a", 0, "b").hash());
  }

  @Test
  void aBatchWithoutNewKeysWritesNothing() {
    SubjectKey key = newKey(ANA);
    int before = kept.changes;
    OpenKeys open = new OpenKeys(ring);
    open.savepoint();
    Sealed sealed = open.seal(ANA, NAME);
    open.close();
    assertThat(sealed.getKeyId()).isEqualTo(key.name().id());
    assertThat(kept.changes).isEqualTo(before);
    open.savepoint();
    Subject ben = Subject.of("profiles", 0, "ben");
    open.seal(ben, NAME);
    open.seal(ben, NAME);
    open.seal(Subject.of("profiles", 0, "cho"), NAME);
    open.close();
    assertThat(kept.changes).as("one for all new keys").isEqualTo(before + 1);
  }

  @Test
  void whatABatchMakesAndForgetsItselfIsNeverKept() {
    OpenKeys open = new OpenKeys(ring);
    open.savepoint();
    Sealed sealed = open.seal(ANA, NAME);
    assertThat(open.unseal("profiles", 0, sealed)).contains(NAME);
    open.forget(open.namesOf(ANA));
    assertThat(open.unseal("profiles", 0, sealed)).isEmpty();
    open.close();
    assertThat(kept.changes).isZero();
  }

  @Test
  void anUndoBringsBackWhatWasForgottenAndDropsWhatWasMade() {
    newKey(ANA);
    OpenKeys open = new OpenKeys(ring);
    open.savepoint();
    Subject ben = Subject.of("profiles", 0, "ben");
    Sealed kept1 = open.seal(ben, NAME);
    open.savepoint();
    List<KeyName> before = open.namesOf(ANA);
    open.forget(before);
    open.forget(open.namesOf(ben));
    open.seal(ANA, NAME);
    open.seal(ben, NAME);
    open.undo();
    assertThat(open.namesOf(ANA)).isEqualTo(before);
    assertThat(open.unseal("profiles", 0, kept1)).contains(NAME);
    open.close();
    assertThat(kept.keys).hasSize(2);
  }

  @Test
  void keysInADirectoryAreThereAgainAndInTheBucketsOfTheirSubjects() {
    List<SubjectKey> all = new ArrayList<>();
    String[] id = new String[1];
    try (DirectoryKeys keys = DirectoryKeys.open(directory.resolve("keys"), made -> id[0] = made)) {
      assertThat(keys.id()).isNull();
      assertThat(directory.resolve("keys")).doesNotExist();
      for (int i = 0; i < 500; i++) {
        all.add(ring.draw(Subject.of("profiles", 0, "s" + i)));
      }
      keys.change(all, List.of());
      keys.change(List.of(), List.of(all.removeLast().name()));
    }
    try (DirectoryKeys keys = DirectoryKeys.open(directory.resolve("keys"), made -> {})) {
      assertThat(keys.id()).isEqualTo(id[0]);
      List<SubjectKey> found = new ArrayList<>();
      for (int bucket : keys.tags().keySet()) {
        for (SubjectKey key : keys.bucket(bucket)) {
          assertThat(SubjectKeys.bucketOf(key.name().subject())).isEqualTo(bucket);
          found.add(key);
        }
      }
      assertThat(found).containsExactlyInAnyOrderElementsOf(all);
      assertThat(KeyRows.decode(KeyRows.encode(found))).isEqualTo(found);
      SortedMap<Integer, Long> before = keys.tags();
      keys.change(List.of(), List.of(all.getFirst().name()));
      int changed = SubjectKeys.bucketOf(all.getFirst().name().subject());
      SortedMap<Integer, Long> after = keys.tags();
      assertThat(after.remove(changed)).isNotEqualTo(before.remove(changed));
      assertThat(after).isEqualTo(before);
    }
  }
}
