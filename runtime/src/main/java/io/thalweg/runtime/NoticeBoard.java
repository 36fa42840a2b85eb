package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.system.PeerNotice;
import io.thalweg.runtime.system.PeerNotices;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Hands notices to those who watch here, and to the other nodes for those who watch there.
 *
 * <p>One note is on its way to a node at a time, and what comes meanwhile waits for the next: at
 * most {@value #MAX_UNTOLD} notices, or what is newer is lost and counted. A note that did not
 * arrive is not sent again. Thread-safe; calls nobody while it holds a lock.
 */
final class NoticeBoard {
  static final String TOPIC = "notices";
  static final int MAX_UNTOLD = 10_000;
  private static final int MAX_NOTE_NOTICES = 1_000;

  private final PeerNotes notes;
  private final Counter untold;
  private final Counter untaken;
  private final Map<Place, Set<NoticedWatch>> watches = new ConcurrentHashMap<>();
  private final Map<String, Waiting> nodes = new ConcurrentHashMap<>();

  /** Where notices are looked for. */
  record Place(String request, int project, String key) {}

  /** What is to be told to a node. Guarded by itself. */
  private static final class Waiting {
    private final ArrayDeque<PeerNotice> notices = new ArrayDeque<>();
    private boolean sending;
  }

  NoticeBoard(@Nullable Peers peers, MeterRegistry meters) {
    notes = new PeerNotes(peers, meters);
    untold =
        Counter.builder("thalweg.notices.untold")
            .description("Notices that another node was not told of: too many waited")
            .register(meters);
    untaken =
        Counter.builder("thalweg.notices.untaken")
            .description("Notices that a watcher was not given: it took too few")
            .register(meters);
    notes.listen(TOPIC, this::heard);
  }

  /** What the nodes tell each other. */
  PeerNotes notes() {
    return notes;
  }

  void enter(Place place, NoticedWatch watch) {
    watches.compute(
        place,
        (p, present) -> {
          Set<NoticedWatch> all = present == null ? ConcurrentHashMap.newKeySet() : present;
          all.add(watch);
          return all;
        });
  }

  void leave(Place place, NoticedWatch watch) {
    watches.computeIfPresent(
        place,
        (p, all) -> {
          all.remove(watch);
          return all.isEmpty() ? null : all;
        });
  }

  /** A watcher has left one where it was. */
  void untaken() {
    untaken.increment();
  }

  /** Tells watchers here and elsewhere. */
  void tell(List<Notice> told) {
    for (Notice notice : told) {
      for (String key : notice.keys()) {
        Place place = new Place(notice.request(), notice.project(), key);
        watches.getOrDefault(place, Set.of()).forEach(watch -> watch.notice(notice.item()));
      }
    }
    List<String> others = told.isEmpty() ? List.of() : notes.others();
    if (others.isEmpty()) {
      return;
    }
    nodes.keySet().retainAll(others);
    List<PeerNotice> written = told.stream().map(NoticeBoard::written).toList();
    for (String node : others) {
      Waiting waiting = nodes.computeIfAbsent(node, n -> new Waiting());
      synchronized (waiting) {
        for (PeerNotice notice : written) {
          if (waiting.notices.size() < MAX_UNTOLD) {
            waiting.notices.add(notice);
          } else {
            untold.increment();
          }
        }
      }
      send(node, waiting);
    }
  }

  private static PeerNotice written(Notice notice) {
    return PeerNotice.newBuilder()
        .setRequestType(notice.request())
        .setProject(notice.project())
        .addAllKeys(notice.keys())
        .setItem(notice.item().toByteString())
        .build();
  }

  private void send(String node, Waiting waiting) {
    PeerNotices.Builder note = PeerNotices.newBuilder();
    synchronized (waiting) {
      if (waiting.sending || waiting.notices.isEmpty()) {
        return;
      }
      waiting.sending = true;
      int bytes = 0;
      while (!waiting.notices.isEmpty()
          && note.getNoticesCount() < MAX_NOTE_NOTICES
          && bytes < Neighbours.MAX_NOTE_BYTES / 2) {
        PeerNotice next = waiting.notices.remove();
        bytes += next.getSerializedSize();
        note.addNotices(next);
      }
    }
    notes.tell(
        node,
        TOPIC,
        note.build().toByteString(),
        arrived -> {
          synchronized (waiting) {
            waiting.sending = false;
            if (!arrived) {
              // It is late by now, and what mattered is said again.
              waiting.notices.clear();
            }
          }
          send(node, waiting);
        });
  }

  private void heard(String node, ByteString body) {
    List<PeerNotice> told;
    try {
      told = PeerNotices.parseFrom(body).getNoticesList();
    } catch (InvalidProtocolBufferException e) {
      untold.increment();
      return;
    }
    for (PeerNotice notice : told) {
      List<NoticedWatch> all = new ArrayList<>();
      for (String key : notice.getKeysList()) {
        Place place = new Place(notice.getRequestType(), notice.getProject(), key);
        all.addAll(watches.getOrDefault(place, Set.of()));
      }
      if (!all.isEmpty()) {
        try {
          Message item = all.getFirst().parse(notice.getItem());
          all.forEach(watch -> watch.notice(item));
        } catch (Failure unreadable) {
          untold.increment();
        }
      }
    }
  }
}
