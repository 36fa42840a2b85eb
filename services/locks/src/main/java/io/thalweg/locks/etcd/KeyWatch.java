package io.thalweg.locks.etcd;

import com.google.protobuf.ByteString;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.keyspaces.KeyspaceEvent;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.locks.v1.keyspaces.ReadHistoryRequest;
import io.thalweg.locks.v1.keyspaces.WatchKeysRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows keys from a revision on: what the history has of it, and then what the log brings. The
 * watch of the log is opened first and the history read after, so nothing is between the two; what
 * both have is taken once, by its revision. For one thread that may wait.
 */
final class KeyWatch implements AutoCloseable {
  private final EtcdSession session;
  private final ByteString key;
  private final ByteString rangeEnd;
  private final boolean withPrevious;
  private final WatchStream stream;
  private final long revision;
  private long nextHistory;
  private long after;

  /** Changes of one revision, or of some that follow each other. */
  record Changes(long revision, List<Event> events) {}

  /**
   * @param from the first revision that is wanted; 0: what comes from now on
   * @throws Failure OUT_OF_RANGE if it is compacted; also what a watch may be refused with
   */
  KeyWatch(
      EtcdSession session, ByteString key, ByteString rangeEnd, long from, boolean withPrevious)
      throws InterruptedException {
    this.session = session;
    this.key = key;
    this.rangeEnd = rangeEnd;
    this.withPrevious = withPrevious;
    stream =
        session
            .session()
            .watch(
                WatchKeysRequest.newBuilder()
                    .setKeyspace(Etcd.KEYSPACE)
                    .setKey(key)
                    .setRangeEnd(rangeEnd)
                    .build(),
                null);
    try {
      revision = history(0).getRevision();
    } catch (RuntimeException | InterruptedException e) {
      stream.close();
      throw e;
    }
    boolean past = from > 0 && from <= revision;
    nextHistory = past ? from : 0;
    after = Math.max(revision, from - 1);
  }

  /** Of the keyspace when the watch began. */
  long revision() {
    return revision;
  }

  /**
   * The next changes, waiting for some at most so long.
   *
   * @return null if there were none in time, or the watch was closed
   * @throws Failure OUT_OF_RANGE if what is wanted is compacted; or as a watch ends
   */
  @Nullable Changes next(Duration timeout) throws InterruptedException {
    while (nextHistory > 0) {
      KeyspaceHistory page = history(nextHistory);
      nextHistory = page.getNextRevision();
      // The first page that reaches the end tells what was there when it was read.
      List<Event> events = page.getEventsList();
      if (nextHistory == 0) {
        after = Math.max(after, page.getRevision());
      }
      if (!events.isEmpty()) {
        return changes(events);
      }
    }
    WatchStream.Item item = stream.next(timeout);
    if (item == null || !(item.message() instanceof KeyspaceEvent event)) {
      return null;
    }
    if (event.getRevision() <= after) {
      return new Changes(event.getRevision(), List.of());
    }
    List<Event> events = event.getKeysChanged().getChangesList();
    return new Changes(
        event.getRevision(), withPrevious ? previous(event.getRevision(), events) : events);
  }

  private Changes changes(List<Event> events) {
    List<Event> as = new ArrayList<>();
    for (Event event : events) {
      as.add(withPrevious ? event : event.toBuilder().clearPrevKv().build());
    }
    return new Changes(as.getLast().getKv().getModRevision(), as);
  }

  /** The log has what keys became; what they were is in the history. */
  private List<Event> previous(long revision, List<Event> events) throws InterruptedException {
    List<Event> with = new ArrayList<>();
    for (Event event : history(revision).getEventsList()) {
      if (event.getKv().getModRevision() == revision
          && events.stream().anyMatch(e -> e.getKv().getKey().equals(event.getKv().getKey()))) {
        with.add(event);
      }
    }
    return with;
  }

  private KeyspaceHistory history(long from) throws InterruptedException {
    // Who watches has nothing else to do, and many may come at once: a moment's refusal is waited
    // out, since a client would take the end of its watch for final.
    return session.insist(
        ReadHistoryRequest.newBuilder()
            .setKeyspace(Etcd.KEYSPACE)
            .setFromRevision(from)
            .setKey(key)
            .setRangeEnd(rangeEnd)
            .build(),
        KeyspaceHistory.class);
  }

  /** From any thread. */
  @Override
  public void close() {
    stream.close();
  }
}
