package io.thalweg.cluster;

import java.util.List;

/**
 * The topic that nodes speak in and all of them read: an append-only list of small records, in one
 * order for all. It may be compacted by key: only the last record of a node counts.
 *
 * <p>Neither call waits for long; one that fails is made again at the next step. Used by one
 * thread.
 */
public interface DirectoryTopic {
  /**
   * Appends a record. It may be lost, or arrive later; nobody is told.
   *
   * @param key the node that speaks
   */
  void append(String key, byte[] record);

  /**
   * The records that were not given out by this reader yet. It may begin with those that the topic
   * holds, or with what comes from now on: whoever lives speaks again.
   */
  List<byte[]> poll();
}
