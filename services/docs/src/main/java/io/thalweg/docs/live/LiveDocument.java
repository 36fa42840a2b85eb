package io.thalweg.docs.live;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.DiffDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.DocumentEvent;
import io.thalweg.docs.v1.DocumentUpdated;
import io.thalweg.docs.v1.WatchDocumentRequest;
import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one document: the messages of y-protocols' sync, on one side, and the commands,
 * queries and the watch of the service, on the other.
 *
 * <p>The watch is opened before anything is asked, so nothing that becomes durable after the answer
 * to a step 1 is missed; what is in both is applied twice, which does no harm. Updates are sent
 * from the first step 1 on.
 *
 * <p>Used by the connection's thread; replies come in through a queue.
 */
final class LiveDocument {
  static final int STEP_1 = 0;
  static final int STEP_2 = 1;
  static final int UPDATE = 2;
  private static final byte[] NOTHING = {0, 0};

  /** Where messages go. */
  interface Output {
    /** A message of y-protocols' sync. */
    void sync(ByteWriter message);

    /** An awareness update. */
    void awareness(byte[] update);

    /** An update of the client is durable (or was there), or was refused: it may not write. */
    void answered(boolean accepted);

    /** The document was deleted, or the client has a copy of one that was: it must not go on. */
    void gone(String reason);

    /** Whether the client has taken what it was sent. */
    boolean isReady();

    /** Has {@link #work} called soon; from any thread. */
    void signal();
  }

  private final Session session;
  private final String document;
  private final long requestTimeoutMs;
  private final Output output;
  private final WatchStream stream;
  private final Rooms.Member member;
  private final UpdatePace pace;
  private final Queue<Runnable> replies = new ConcurrentLinkedQueue<>();
  private ByteString begun = ByteString.EMPTY;
  private int inFlight;
  private long inFlightBytes;
  private boolean asked;
  private boolean synced;
  private boolean gone;

  private LiveDocument(
      Session session,
      String document,
      long requestTimeoutMs,
      Output output,
      WatchStream stream,
      Rooms.Member member,
      ClientLimits limits) {
    this.session = session;
    this.document = document;
    this.requestTimeoutMs = requestTimeoutMs;
    this.output = output;
    this.stream = stream;
    this.member = member;
    this.pace = new UpdatePace(limits, System.nanoTime());
  }

  /**
   * Opens a document for a client.
   *
   * @throws Failure if it may not read it, or if there are too many
   */
  static LiveDocument open(
      Rooms rooms, Session session, String document, long requestTimeoutMs, Output output) {
    WatchStream stream =
        session.watch(WatchDocumentRequest.newBuilder().setDocument(document).build(), null);
    Rooms.Member member;
    try {
      member = rooms.enter(session.caller().project(), document, output::signal);
    } catch (RuntimeException e) {
      stream.close();
      throw e;
    }
    LiveDocument live =
        new LiveDocument(
            session, document, requestTimeoutMs, output, stream, member, rooms.limits());
    stream.onNews(output::signal);
    return live;
  }

  /** A message of y-protocols' sync, behind its number. */
  void sync(ByteReader message) {
    if (gone) {
      return;
    }
    int kind = (int) message.readVarUint();
    byte[] bytes = message.readBytes();
    switch (kind) {
      case STEP_1 -> answer(bytes);
      case STEP_2, UPDATE -> take(bytes);
      default -> throw Failure.invalid("message", "must be a sync of 0 to 2; got " + kind);
    }
  }

  /** Sends what the client lacks, and asks for what is lacking here. */
  private void answer(byte[] stateVector) {
    asked = true;
    submit(
        DiffDocumentRequest.newBuilder()
            .setDocument(document)
            .setStateVector(ByteString.copyFrom(stateVector))
            .build(),
        reply -> {
          asked = false;
          DiffDocumentResponse diff = (DiffDocumentResponse) reply;
          output.sync(
              new ByteWriter().writeVarUint(STEP_2).writeBytes(diff.getUpdate().toByteArray()));
          output.sync(
              new ByteWriter()
                  .writeVarUint(STEP_1)
                  .writeBytes(diff.getStateVector().toByteArray()));
          synced = true;
        },
        this::refuse);
  }

  /**
   * A refusal that is not for this client's permissions: the connection is closed, and the client
   * sends again what it has when it comes back; or it must not come back.
   */
  private void refuse(Failure failure) {
    if (failure.code() != Code.FAILED_PRECONDITION) {
      throw failure;
    }
    leave(failure.status().getMessage());
  }

  private void leave(String reason) {
    gone = true;
    output.gone(reason);
  }

  private void take(byte[] update) {
    if (Arrays.equals(update, NOTHING)) {
      output.answered(true);
      return;
    }
    pace.take(System.nanoTime());
    inFlight++;
    inFlightBytes += update.length;
    submit(
        ApplyUpdateRequest.newBuilder()
            .setDocument(document)
            .setUpdate(ByteString.copyFrom(update))
            .build(),
        reply -> {
          inFlight--;
          inFlightBytes -= update.length;
          output.answered(true);
        },
        failure -> {
          inFlight--;
          inFlightBytes -= update.length;
          if (failure.code() == Code.PERMISSION_DENIED) {
            output.answered(false);
          } else {
            refuse(failure);
          }
        });
  }

  /** Handled by the connection's thread, whichever it is. */
  private void submit(Message request, Consumer<Message> reply, Consumer<Failure> failed) {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(requestTimeoutMs);
    session.submit(
        request,
        null,
        deadlineNs,
        new ReplyHandler() {
          @Override
          public void reply(Message message, Position position) {
            replies.add(() -> reply.accept(message));
            output.signal();
          }

          @Override
          public void failure(Failure failure) {
            replies.add(() -> failed.accept(failure));
            output.signal();
          }
        });
  }

  void awareness(byte[] update) {
    member.say(update);
  }

  void queryAwareness() {
    member.ask();
  }

  /** Whether the client may send more. */
  boolean readsOn() {
    return !asked
        && inFlight < LiveBounds.MAX_IN_FLIGHT
        && inFlightBytes < LiveBounds.MAX_IN_FLIGHT_BYTES;
  }

  /** Sends what there is, as long as the client takes it. */
  void work() {
    Runnable reply = replies.poll();
    while (reply != null && !gone) {
      reply.run();
      reply = replies.poll();
    }
    if (gone) {
      return;
    }
    while (output.isReady()) {
      byte @Nullable [] awareness = member.awareness();
      if (awareness == null) {
        break;
      }
      output.awareness(awareness);
    }
    try {
      while (synced && !gone && output.isReady()) {
        WatchStream.Item item = stream.next(Duration.ZERO);
        if (item == null) {
          return;
        }
        send((DocumentEvent) item.message());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(Code.UNAVAILABLE, "interrupted");
    }
  }

  private void send(DocumentEvent event) {
    if (event.hasDocumentDeleted()) {
      // What the client types from now on refers to what is not here any more.
      if (event.getDocumentDeleted().getKeepsOut()) {
        leave("the document was deleted");
        return;
      }
      throw Failure.of(Code.ABORTED, "the document was deleted");
    }
    DocumentUpdated updated = event.getDocumentUpdated();
    ByteString whole = begun.concat(updated.getUpdate());
    if (updated.getMore()) {
      begun = whole;
      return;
    }
    begun = ByteString.EMPTY;
    output.sync(new ByteWriter().writeVarUint(UPDATE).writeBytes(whole.toByteArray()));
  }

  void beat() {
    member.beat();
  }

  void close() {
    stream.close();
    member.leave();
  }
}
