package io.thalweg.testkit;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.keys.KeyName;
import io.thalweg.runtime.keys.SubjectKey;
import io.thalweg.runtime.keys.SubjectKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one life of a node. A change takes a time, and becomes durable as a whole at some
 * moment of it: a crash before that moment loses it, one after it does not, and in neither case
 * does anybody hear of it.
 */
final class SimulatedKeys implements SubjectKeys {
  private static final String ID = "5".repeat(32);
  private static final int MAX_FORCE_NS = 3_000_000;

  private final Disk disk;
  private final SimulatedHost host;

  /** What is durable; stays when a life ends. */
  static final class Disk {
    private final Map<KeyName, SubjectKey> keys = new LinkedHashMap<>();
    private final SortedMap<Integer, Long> tags = new TreeMap<>();
    private long changes;

    /** Puts a key there that a backup held. */
    void restore(SubjectKey key) {
      keys.put(key.name(), key);
      tags.put(SubjectKeys.bucketOf(key.name().subject()), ++changes);
    }
  }

  SimulatedKeys(Disk disk, SimulatedHost host) {
    this.disk = disk;
    this.host = host;
  }

  @Override
  public List<SubjectKey> of(ByteString subject) {
    return disk.keys.values().stream().filter(key -> key.name().subject().equals(subject)).toList();
  }

  @Override
  public void change(Collection<SubjectKey> made, Collection<KeyName> destroyed) {
    List<SubjectKey> puts = List.copyOf(made);
    List<KeyName> deletes = List.copyOf(destroyed);
    host.sleep(1 + host.random().nextInt(MAX_FORCE_NS));
    for (KeyName name : deletes) {
      disk.keys.remove(name);
      tag(name);
    }
    for (SubjectKey key : puts) {
      disk.keys.put(key.name(), key);
      tag(key.name());
    }
    host.sleep(1 + host.random().nextInt(MAX_FORCE_NS));
  }

  private void tag(KeyName name) {
    disk.tags.put(SubjectKeys.bucketOf(name.subject()), ++disk.changes);
  }

  @Override
  public @Nullable String id() {
    return disk.changes == 0 ? null : ID;
  }

  @Override
  public SortedMap<Integer, Long> tags() {
    return new TreeMap<>(disk.tags);
  }

  @Override
  public List<SubjectKey> bucket(int bucket) {
    List<SubjectKey> all = new ArrayList<>(disk.keys.values());
    all.removeIf(key -> SubjectKeys.bucketOf(key.name().subject()) != bucket);
    return all;
  }

  @Override
  public long count() {
    return disk.keys.size();
  }

  @Override
  public void close() {
    // The disk stays.
  }
}
