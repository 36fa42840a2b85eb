package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import io.thalweg.state.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a node as a partition sees them whose batch is open: with those that the batch makes,
 * without those that it forgets. Other partitions see neither before the batch is closed.
 *
 * <p>Two partitions that seal for a new subject at once make a key each; both stay, and are
 * forgotten together.
 *
 * <p>Used by the partition's thread.
 */
public final class OpenKeys {
  private final KeyRing ring;

  // What the batch did, in order, so that the end of it can be undone.
  private final List<Change> changes = new ArrayList<>();
  private final Map<ByteString, SubjectKey> made = new HashMap<>();
  private final Set<KeyName> forgotten = new HashSet<>();

  // Keys of other batches that this one has sealed with, where other nodes may destroy them.
  private final Set<KeyName> used = new HashSet<>();
  private int savepoint;

  private sealed interface Change {
    record Made(SubjectKey key) implements Change {}

    record Forgotten(KeyName name, @Nullable SubjectKey made) implements Change {}
  }

  public OpenKeys(KeyRing ring) {
    this.ring = ring;
  }

  /** A command begins. */
  public void savepoint() {
    savepoint = changes.size();
  }

  /** Takes back what was done since the savepoint. */
  public void undo() {
    while (changes.size() > savepoint) {
      switch (changes.removeLast()) {
        case Change.Made(SubjectKey key) -> made.remove(key.name().subject());
        case Change.Forgotten(KeyName name, SubjectKey key) -> {
          forgotten.remove(name);
          if (key != null) {
            made.put(name.subject(), key);
          }
        }
      }
    }
  }

  /** How many keys were made and forgotten since the savepoint. */
  public int changedSinceSavepoint() {
    return changes.size() - savepoint;
  }

  /** Seals a value, with a new key if the subject has none. */
  public Sealed seal(Subject subject, ByteString plaintext) {
    List<SubjectKey> present = of(subject);
    if (ring.isShared() && used.isEmpty() && !present.isEmpty()) {
      // Another node may have destroyed it just now; that it did not is looked at again at the end.
      ring.catchUp();
      present = of(subject);
    }
    SubjectKey key;
    if (present.isEmpty()) {
      key = ring.draw(subject);
      made.put(subject.hash(), key);
      changes.add(new Change.Made(key));
    } else {
      key = present.getFirst();
      if (ring.isShared() && !key.equals(made.get(subject.hash()))) {
        used.add(key.name());
      }
    }
    return ring.seal(subject, key, plaintext);
  }

  /** The names of the keys that a subject has. */
  public List<KeyName> namesOf(Subject subject) {
    // Also those that another node has just made.
    ring.catchUp();
    return of(subject).stream().map(SubjectKey::name).toList();
  }

  /** Forgets keys of a subject: they are destroyed when the batch is closed. */
  public void forget(List<KeyName> names) {
    for (KeyName name : names) {
      SubjectKey key = made.get(name.subject());
      boolean own = key != null && key.name().equals(name);
      if (own) {
        made.remove(name.subject());
      }
      forgotten.add(name);
      changes.add(new Change.Forgotten(name, own ? key : null));
    }
  }

  /** As {@link KeyRing#unseal(String, int, Sealed)}. */
  public Optional<ByteString> unseal(String service, int project, Sealed sealed) {
    Subject subject = Subject.of(service, project, sealed.getSubject());
    Optional<ByteString> opened = KeyRing.unseal(subject, of(subject), sealed);
    boolean known =
        opened.isPresent() || forgotten.stream().anyMatch(n -> n.id().equals(sealed.getKeyId()));
    return known ? opened : ring.unsealUnknown(subject, sealed);
  }

  /** Whether a value for this subject would need a key that may not be made: there are too many. */
  public boolean isFullFor(Subject subject) {
    return ring.isFull() && of(subject).isEmpty();
  }

  private List<SubjectKey> of(Subject subject) {
    List<SubjectKey> kept = ring.of(subject.hash());
    if (changes.isEmpty()) {
      return kept;
    }
    List<SubjectKey> present = new ArrayList<>(kept);
    present.removeIf(key -> forgotten.contains(key.name()));
    SubjectKey key = made.get(subject.hash());
    if (key != null) {
      present.add(key);
    }
    return present;
  }

  /**
   * Keeps what was made and destroys what was forgotten; durable when this returns. To be called
   * before the batch is handed to the log. Costs nothing if there is nothing of both.
   *
   * @throws io.thalweg.state.StoreException if that cannot be done: the batch must not be appended
   */
  public void close() {
    if (!used.isEmpty()) {
      checkUsed();
    }
    if (changes.isEmpty()) {
      return;
    }
    List<KeyName> destroyed = new ArrayList<>();
    for (Change change : changes) {
      // One that this batch made itself was never kept.
      if (change instanceof Change.Forgotten(KeyName name, SubjectKey own) && own == null) {
        destroyed.add(name);
      }
    }
    if (!made.isEmpty() || !destroyed.isEmpty()) {
      ring.change(made.values(), destroyed);
    }
    changes.clear();
    made.clear();
    forgotten.clear();
    savepoint = 0;
  }

  // What is sealed with a key that is destroyed already could never be read: its subject was
  // forgotten before, so it is not what was forgotten.
  private void checkUsed() {
    ring.catchUp();
    for (KeyName name : used) {
      boolean there = ring.of(name.subject()).stream().anyMatch(key -> key.name().equals(name));
      if (!there && !forgotten.contains(name)) {
        throw new StoreException(
            "a subject was forgotten by another node while a value was sealed for it; nothing of"
                + " the batch is written, try again",
            null);
      }
    }
    used.clear();
  }
}
