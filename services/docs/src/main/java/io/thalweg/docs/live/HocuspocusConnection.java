package io.thalweg.docs.live;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.MalformedUpdateException;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection of Hocuspocus: some documents, each opened by an auth message. While a token is
 * looked at nothing else is read. An update is acknowledged when it is durable; where it is refused
 * for another reason than that the client may only read, the connection is closed, and the client
 * sends it again with the next one.
 */
final class HocuspocusConnection implements WebSocketHandler {
  private static final int PONG = 10;
  private static final int PING = 9;
  private static final int CLOSE = 7;
  private static final int STALE_BEATS = 2;
  private static final int TIMED_OUT = 4408;

  private final Rooms rooms;
  private final WebSocketPeer peer;
  private final Edge edge;
  private final Map<String, HocuspocusDocument> open = new LinkedHashMap<>();
  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
  private boolean identifying;
  private boolean identified;
  private int beats;

  HocuspocusConnection(Rooms rooms, WebSocketPeer peer, Edge edge) {
    this.rooms = rooms;
    this.peer = peer;
    this.edge = edge;
  }

  @Override
  public void message(byte[] bytes, boolean text) {
    if (bytes.length == 1 && bytes[0] == PONG) {
      return;
    }
    try {
      ByteReader reader = new ByteReader(bytes);
      String key = reader.readString();
      int kind = (int) reader.readVarUint();
      HocuspocusDocument document = open.get(key);
      if (kind == HocuspocusDocument.AUTH) {
        identify(key, reader);
      } else if (document != null) {
        if (kind == CLOSE) {
          close(key);
        } else {
          document.message(kind, reader);
        }
      }
      // Of a document that was not opened, or was refused, nothing is wanted.
    } catch (MalformedUpdateException e) {
      throw Failure.invalid("message", "must be one of Hocuspocus: " + e.getMessage());
    }
  }

  private void identify(String key, ByteReader reader) {
    if (reader.readVarUint() != HocuspocusDocument.TOKEN) {
      throw Failure.invalid("message", "must be a token where it is an auth message");
    }
    String token = reader.readString();
    String document = DocumentNames.check(HocuspocusDocument.nameOf(key));
    if (!open.containsKey(key) && open.size() >= LiveBounds.MAX_DOCUMENTS) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "a connection has at most %d documents".formatted(LiveBounds.MAX_DOCUMENTS));
    }
    identifying = true;
    CompletableFuture<Session> session =
        token.isEmpty()
            ? CompletableFuture.completedFuture(peer.session())
            : edge.authenticateAsync(new Credentials.Token(token));
    var _ =
        session.whenComplete((who, cause) -> {
          if (cause == null) {
            probe(who, document, failure -> admitted(key, document, who, failure));
          } else {
            later(() -> refused(key, Failure.of(cause, "the caller could not be identified")));
          }
        });
  }

  /** Asks whether a client may write, by an update of nothing. */
  private void probe(Session who, String document, Consumer<@Nullable Failure> then) {
    long deadlineNs =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(edge.bounds().requestTimeoutMs());
    ApplyUpdateRequest nothing =
        ApplyUpdateRequest.newBuilder()
            .setDocument(document)
            .setUpdate(ByteString.copyFrom(new byte[] {0, 0}))
            .build();
    who.submit(
        nothing,
        null,
        deadlineNs,
        new ReplyHandler() {
          @Override
          public void reply(Message message, Position position) {
            later(() -> then.accept(null));
          }

          @Override
          public void failure(Failure failure) {
            later(() -> then.accept(failure));
          }
        });
  }

  private void later(Runnable answer) {
    answers.add(answer);
    peer.signal();
  }

  private void admitted(String key, String document, Session who, @Nullable Failure failure) {
    boolean readOnly = failure != null && failure.code() == Code.PERMISSION_DENIED;
    if (failure != null && !readOnly) {
      refused(key, failure);
      return;
    }
    close(key);
    try {
      HocuspocusDocument opened = new HocuspocusDocument(key, peer);
      opened.open(
          LiveDocument.open(rooms, who, document, edge.bounds().requestTimeoutMs(), opened));
      open.put(key, opened);
      opened.authenticated(readOnly ? "readonly" : "read-write");
      identified = true;
      identifying = false;
    } catch (Failure e) {
      refused(key, e);
    }
  }

  private void refused(String key, Failure failure) {
    identifying = false;
    String reason =
        switch (failure.code()) {
          case PERMISSION_DENIED, UNAUTHENTICATED -> "permission-denied";
          case FAILED_PRECONDITION -> HocuspocusDocument.DELETED;
          default -> throw failure;
        };
    close(key);
    new HocuspocusDocument(key, peer).denied(reason);
  }

  private void close(String key) {
    HocuspocusDocument document = open.remove(key);
    if (document != null) {
      document.close();
    }
  }

  @Override
  public void work() {
    Runnable answer = answers.poll();
    while (answer != null) {
      answer.run();
      answer = answers.poll();
    }
    open.values().forEach(HocuspocusDocument::work);
    open.values()
        .removeIf(document -> {
          if (document.isGone()) {
            document.close();
          }
          return document.isGone();
        });
  }

  @Override
  public void beat() {
    beats++;
    if (!identified && beats > STALE_BEATS) {
      peer.close(TIMED_OUT, "no document was opened");
      return;
    }
    open.values().forEach(HocuspocusDocument::beat);
    peer.send(new byte[] {PING});
  }

  @Override
  public boolean readsOn() {
    return !identifying && open.values().stream().allMatch(HocuspocusDocument::readsOn);
  }

  @Override
  public void closed() {
    open.values().forEach(HocuspocusDocument::close);
    open.clear();
  }
}
