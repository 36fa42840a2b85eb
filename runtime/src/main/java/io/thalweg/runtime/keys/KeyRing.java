package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.contract.Sealed;
import io.thalweg.host.Host;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * The keys of a node: those that are kept, and in memory those of the last {@value #MAX_CACHED}
 * subjects that were asked for (at most about 500 bytes each). Thread-safe.
 *
 * <p>A key that was destroyed is not found from the moment on at which {@link #change} returns:
 * what was read from the store before a change never comes into the cache after it.
 */
public final class KeyRing {
  private static final int MAX_CACHED = 10_000;
  private static final int MAX_GONE = 100_000;

  private final SubjectKeys kept;
  private final Host host;
  private final Map<ByteString, List<SubjectKey>> cached =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteString, List<SubjectKey>> eldest) {
          return size() > MAX_CACHED;
        }
      };

  // Keys that were looked for and are destroyed: none is ever made under the same name again.
  private final Map<KeyName, Boolean> gone =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<KeyName, Boolean> eldest) {
          return size() > MAX_GONE;
        }
      };

  // Guarded by this, like the caches; nobody holds it while reading or writing the store.
  private long changes;

  private final LongAdder made = new LongAdder();
  private final LongAdder destroyed = new LongAdder();

  public KeyRing(SubjectKeys kept, Host host) {
    this.kept = kept;
    this.host = host;
  }

  /** Has these meters tell how many keys there are, were made and destroyed. */
  public void register(MeterRegistry meters) {
    Gauge.builder("thalweg.keys.held", this, KeyRing::held)
        .description("Keys of sealed values that there are")
        .register(meters);
    FunctionCounter.builder("thalweg.keys.made", made, LongAdder::doubleValue)
        .description("Keys of sealed values that were made")
        .register(meters);
    FunctionCounter.builder("thalweg.keys.destroyed", destroyed, LongAdder::doubleValue)
        .description("Keys of sealed values that were destroyed, to forget what they sealed")
        .register(meters);
  }

  /** The keys that a subject has. */
  public List<SubjectKey> of(ByteString subject) {
    if (kept.isShared()) {
      return kept.of(subject);
    }
    long before;
    synchronized (this) {
      List<SubjectKey> present = cached.get(subject);
      if (present != null) {
        return present;
      }
      before = changes;
    }
    List<SubjectKey> read = List.copyOf(kept.of(subject));
    synchronized (this) {
      if (changes == before) {
        cached.put(subject, read);
      }
    }
    return read;
  }

  /** As {@link SubjectKeys#change}. */
  public void change(Collection<SubjectKey> puts, Collection<KeyName> deletes) {
    try {
      kept.change(puts, deletes);
      made.add(puts.size());
      destroyed.add(deletes.size());
    } finally {
      // Also if it failed: nobody knows what is kept now.
      synchronized (this) {
        changes++;
        puts.forEach(key -> cached.remove(key.name().subject()));
        deletes.forEach(name -> cached.remove(name.subject()));
      }
    }
  }

  /** Destroys those of these keys that there still are. */
  public void destroyLeftovers(Collection<KeyName> names) {
    List<KeyName> left = new ArrayList<>();
    for (KeyName name : names) {
      if (kept.of(name.subject()).stream().anyMatch(key -> key.name().equals(name))) {
        left.add(name);
      }
    }
    if (!left.isEmpty()) {
      change(List.of(), left);
    }
  }

  /** As {@link SubjectKeys#isShared}. */
  public boolean isShared() {
    return kept.isShared();
  }

  /** As {@link SubjectKeys#catchUp}. */
  public void catchUp() {
    kept.catchUp();
  }

  /** Whether there are so many keys that no more may be made. */
  public boolean isFull() {
    return kept.count() >= kept.most();
  }

  /** Keys that are held, in memory or not: see {@link SubjectKeys#count}. */
  public long held() {
    return kept.count();
  }

  /** Draws a new key for a subject; it is not kept yet. */
  public SubjectKey draw(Subject subject) {
    return SubjectKey.draw(subject, host.random());
  }

  /** Seals a value with a key of its subject. */
  public Sealed seal(Subject subject, SubjectKey key, ByteString plaintext) {
    return SealedBox.seal(subject, key, plaintext, host.random());
  }

  /**
   * Opens a sealed value.
   *
   * @return empty if the key is gone: it is forgotten
   * @throws IllegalArgumentException if it was changed
   */
  public Optional<ByteString> unseal(String service, int project, Sealed sealed) {
    Subject subject = Subject.of(service, project, sealed.getSubject());
    Optional<ByteString> opened = unseal(subject, of(subject.hash()), sealed);
    return opened.isPresent() ? opened : unsealUnknown(subject, sealed);
  }

  /**
   * With a key that is not known here. Another node may have made it just now: it was kept before
   * the value that it sealed was durable, so whoever learns what there is now has it, or it is
   * destroyed for good.
   */
  Optional<ByteString> unsealUnknown(Subject subject, Sealed sealed) {
    if (!kept.isShared() || sealed.getKeyId().size() != KeyName.ID_BYTES) {
      return Optional.empty();
    }
    KeyName name = new KeyName(subject.hash(), sealed.getKeyId());
    synchronized (this) {
      if (gone.get(name) != null) {
        return Optional.empty();
      }
    }
    kept.catchUp();
    Optional<ByteString> opened = unseal(subject, kept.of(subject.hash()), sealed);
    if (opened.isEmpty()) {
      synchronized (this) {
        gone.put(name, true);
      }
    }
    return opened;
  }

  /** As {@link #unseal(String, int, Sealed)}, with one of these keys. */
  public static Optional<ByteString> unseal(Subject subject, List<SubjectKey> keys, Sealed sealed) {
    for (SubjectKey key : keys) {
      if (key.name().id().equals(sealed.getKeyId())) {
        return Optional.of(SealedBox.open(subject, key, sealed));
      }
    }
    return Optional.empty();
  }
}
