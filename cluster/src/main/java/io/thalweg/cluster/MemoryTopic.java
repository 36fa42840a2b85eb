package io.thalweg.cluster;

import java.util.ArrayList;
import java.util.List;

/** A directory topic in memory, for the nodes of one process. Thread-safe. */
public final class MemoryTopic {
  private final List<byte[]> records = new ArrayList<>();

  /** A way to it for one node, which reads it from its beginning. */
  public DirectoryTopic open() {
    return new DirectoryTopic() {
      private int next;

      @Override
      public void append(String key, byte[] record) {
        synchronized (records) {
          records.add(record.clone());
        }
      }

      @Override
      public List<byte[]> poll() {
        synchronized (records) {
          List<byte[]> found = List.copyOf(records.subList(next, records.size()));
          next = records.size();
          return found;
        }
      }
    };
  }
}
