package io.thalweg.locks.etcd;

import com.google.rpc.Code;
import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Edge;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.WatchCreateRequest;
import io.thalweg.locks.v1.etcd.WatchRequest;
import io.thalweg.locks.v1.etcd.WatchResponse;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.locks.v1.keyspaces.ReadHistoryRequest;
import io.thalweg.runtime.Failure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Watches, many on one stream. Each has a virtual thread, which waits for its events, and for the
 * client to take them: what it does not take stays in the log.
 */
final class WatchService {
  private static final Duration POLL = Duration.ofSeconds(1);

  /** Watches of one stream. */
  private static final int MAX_WATCHES = 10_000;

  /** Watch id of an answer that is about none. */
  private static final long NO_WATCH = -1;

  private static final long PROGRESS_NS = Duration.ofMinutes(10).toNanos();

  private final Edge edge;

  WatchService(Edge edge) {
    this.edge = edge;
  }

  ServerServiceDefinition definition() {
    return new Calls("etcdserverpb.Watch")
        .streaming(
            "Watch",
            WatchRequest.getDefaultInstance(),
            WatchResponse.getDefaultInstance(),
            (session, out) -> new Watches(new EtcdSession(session, edge), out))
        .definition();
  }

  private final class Watches implements Calls.Incoming<WatchRequest> {
    private final EtcdSession session;
    private final Calls.Outgoing<WatchResponse> out;

    // Guarded by this.
    private final Map<Long, One> open = new HashMap<>();
    private long lastId = NO_WATCH;

    Watches(EtcdSession session, Calls.Outgoing<WatchResponse> out) {
      this.session = session;
      this.out = out;
      out.onOver(this::closeAll);
    }

    @Override
    public void message(WatchRequest message) {
      switch (message.getRequestUnionCase()) {
        case CREATE_REQUEST -> create(message.getCreateRequest());
        case CANCEL_REQUEST -> cancel(message.getCancelRequest().getWatchId());
        case PROGRESS_REQUEST -> progress();
        case REQUESTUNION_NOT_SET -> {
          // Nothing is asked.
        }
      }
    }

    private void create(WatchCreateRequest request) {
      One one;
      synchronized (this) {
        long id = request.getWatchId();
        if (id != 0 ? open.containsKey(id) : open.size() >= MAX_WATCHES) {
          out.send(refused(NO_WATCH, "etcdserver: duplicate or too many watches on the stream"));
          return;
        }
        while (id == 0 && open.containsKey(++lastId)) {
          // Taken by an id that a client chose.
        }
        if (id == 0) {
          id = lastId;
        }
        one = new One(id, request);
        open.put(id, one);
      }
      Thread.ofVirtual().name("etcd-watch").start(() -> run(one));
    }

    private void cancel(long id) {
      One one;
      synchronized (this) {
        one = open.remove(id);
      }
      if (one != null) {
        one.close();
        out.send(
            WatchResponse.newBuilder()
                .setHeader(EtcdSession.header(one.seen()))
                .setWatchId(id)
                .setCanceled(true)
                .build());
      }
    }

    /** All changes up to the revision have been sent to every watch of the stream. */
    private synchronized void progress() {
      long least = open.values().stream().mapToLong(One::seen).min().orElse(0);
      if (least > 0) {
        out.send(
            WatchResponse.newBuilder()
                .setHeader(EtcdSession.header(least))
                .setWatchId(NO_WATCH)
                .build());
      }
    }

    private void run(One one) {
      long id = one.id;
      WatchCreateRequest request = one.request;
      try (KeyWatch watch =
          new KeyWatch(
              session,
              request.getKey(),
              request.getRangeEnd(),
              request.getStartRevision(),
              request.getPrevKv())) {
        if (!one.opened(watch)) {
          return;
        }
        one.saw(Math.max(watch.revision(), request.getStartRevision() - 1));
        out.send(
            WatchResponse.newBuilder()
                .setHeader(EtcdSession.header(watch.revision()))
                .setWatchId(id)
                .setCreated(true)
                .build());
        follow(one, watch);
      } catch (Failure e) {
        if (remove(one)) {
          if (!one.hasOpened()) {
            // Clients take the refusal of a watch only once it was made.
            out.send(answer(one).setCreated(true).build());
          }
          out.send(ended(one, e));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        remove(one);
      }
    }

    private void follow(One one, KeyWatch watch) throws InterruptedException {
      long toldNs = System.nanoTime();
      while (!out.isOver() && !one.isClosed()) {
        if (edge.draining()) {
          out.fail(Failure.of(Code.UNAVAILABLE, "etcdserver: server stopped"));
          return;
        }
        KeyWatch.Changes changes = watch.next(POLL);
        if (changes == null) {
          if (one.request.getProgressNotify() && System.nanoTime() - toldNs > PROGRESS_NS) {
            toldNs = System.nanoTime();
            out.send(answer(one).build());
          }
          continue;
        }
        List<Event> events = wanted(one.request, changes.events());
        one.saw(changes.revision());
        if (!events.isEmpty() && !one.isClosed()) {
          out.awaitReady();
          out.send(answer(one).addAllEvents(events).build());
        }
      }
    }

    private static WatchResponse.Builder answer(One one) {
      return WatchResponse.newBuilder()
          .setHeader(EtcdSession.header(one.seen()))
          .setWatchId(one.id);
    }

    private static List<Event> wanted(WatchCreateRequest request, List<Event> events) {
      if (request.getFiltersCount() == 0) {
        return events;
      }
      return events.stream()
          .filter(event ->
              !request
                  .getFiltersList()
                  .contains(
                      event.getType() == Event.EventType.PUT
                          ? WatchCreateRequest.FilterType.NOPUT
                          : WatchCreateRequest.FilterType.NODELETE))
          .toList();
    }

    private WatchResponse ended(One one, Failure failure) {
      String reason = String.valueOf(failure.getMessage());
      WatchResponse.Builder answer =
          WatchResponse.newBuilder()
              .setHeader(EtcdSession.header(one.seen()))
              .setWatchId(one.id)
              .setCanceled(true)
              .setCancelReason(reason);
      if (failure.code() == Code.OUT_OF_RANGE) {
        answer.setCompactRevision(compactRevision());
      }
      return answer.build();
    }

    private long compactRevision() {
      try {
        return session
            .await(
                ReadHistoryRequest.newBuilder().setKeyspace(Etcd.KEYSPACE).build(),
                KeyspaceHistory.class)
            .getCompactRevision();
      } catch (Failure e) {
        return 1;
      }
    }

    private WatchResponse refused(long id, String reason) {
      return WatchResponse.newBuilder()
          .setHeader(EtcdSession.header(0))
          .setWatchId(id)
          .setCreated(true)
          .setCanceled(true)
          .setCancelReason(reason)
          .build();
    }

    private synchronized boolean remove(One one) {
      return open.remove(one.id, one);
    }

    @Override
    public void ended() {
      closeAll();
      out.end();
    }

    private void closeAll() {
      List<One> all;
      synchronized (this) {
        all = List.copyOf(open.values());
        open.clear();
      }
      all.forEach(One::close);
    }
  }

  /** A watch of a stream. */
  private static final class One {
    final long id;
    final WatchCreateRequest request;
    private @Nullable KeyWatch watch;
    private boolean closed;
    private long seen;

    One(long id, WatchCreateRequest request) {
      this.id = id;
      this.request = request;
    }

    synchronized boolean opened(KeyWatch opened) {
      watch = opened;
      return !closed;
    }

    synchronized boolean hasOpened() {
      return watch != null;
    }

    synchronized void saw(long revision) {
      seen = Math.max(seen, revision);
    }

    synchronized long seen() {
      return seen;
    }

    synchronized boolean isClosed() {
      return closed;
    }

    void close() {
      KeyWatch open;
      synchronized (this) {
        closed = true;
        open = watch;
      }
      if (open != null) {
        // Closing may wait for a read of the log, and this may be an event loop.
        Thread.ofVirtual().start(open::close);
      }
    }
  }
}
