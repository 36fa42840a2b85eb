package io.thalweg.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings events into a {@link Watch}: one stream after the other, each from where the last one was
 * cut. A stream may only bring as many events as there is room for, so nothing is ever dropped.
 *
 * <p>Where it is: {@code place} is the position of the last event that was put into the watch, or
 * where it begins. A watch from now has none at first; it is fetched before the first stream by a
 * read, since a watch that had only "now" would lose what happens while it is cut. After
 * OUT_OF_RANGE (the server does not know the place) it is fetched anew, and the watch is told.
 *
 * <p>Thread-safe; only the latest stream may change anything.
 */
final class WatchSource<Q extends Message, E extends Message> implements AutoCloseable {
  private static final String CLOSED = "the watch was closed";

  private final ClientCore core;
  private final ServiceMethod<Q, E> method;
  private final Q request;
  private final Supplier<PendingReply<?>> anchor;
  private final Watch<E> watch;
  private final FieldDescriptor after;
  private final FieldDescriptor position;

  // Guarded by this.
  private String place;
  private @Nullable String lost;
  private @Nullable Stream stream;
  private int failures;
  // What no stream was asked for yet.
  private int room = Watch.WINDOW;
  private boolean closed;

  WatchSource(
      ClientCore core,
      ServiceMethod<Q, E> method,
      Q request,
      WatchFrom from,
      Supplier<PendingReply<?>> anchor,
      Watch<E> watch) {
    if (method.treatment() != ServiceMethod.Treatment.WATCH) {
      throw new IllegalArgumentException(method + " is no watch");
    }
    this.core = core;
    this.method = method;
    this.request = request;
    this.anchor = anchor;
    this.watch = watch;
    this.after = text(method.descriptor().getInputType(), "after");
    this.position = text(method.descriptor().getOutputType(), "position");
    this.place = from.after();
  }

  private static FieldDescriptor text(Descriptor message, String name) {
    FieldDescriptor field = message.findFieldByName(name);
    if (field == null
        || field.isRepeated()
        || field.getJavaType() != FieldDescriptor.JavaType.STRING) {
      throw new IllegalArgumentException(
          message.getFullName() + " has no string field '" + name + "'");
    }
    return field;
  }

  /** Begins, or begins again. */
  void begin() {
    boolean placeless;
    synchronized (this) {
      if (closed) {
        return;
      }
      placeless = place.isEmpty();
    }
    if (placeless) {
      findPlace();
    } else {
      open();
    }
  }

  private void findPlace() {
    PendingReply<?> present = anchor.get();
    var _ =
        present.whenComplete((reply, failure) -> {
          if (failure instanceof ThalwegException e) {
            cut(e, new Refusal(e.code(), e.reason(), List.of(), e.retryDelay().orElse(null), e));
          } else if (failure == null) {
            placed(present.position().orElse(""));
          }
        });
  }

  private void placed(String present) {
    if (present.isEmpty()) {
      watch.end(failure(Refusal.of(Code.INTERNAL, "the server does not say where the present is")));
      return;
    }
    String reason;
    synchronized (this) {
      place = present;
      reason = lost;
      lost = null;
    }
    if (reason != null) {
      watch.add(new WatchEvent.Resync<>(present, reason));
    }
    open();
  }

  private void open() {
    Stream opened;
    String from;
    synchronized (this) {
      if (closed) {
        return;
      }
      opened = new Stream();
      opened.asked = room;
      room = 0;
      stream = opened;
      from = place;
    }
    opened.open(from);
    var _ = core.connection().later(core.options().timeout().toNanos(), () -> giveUp(opened));
  }

  /** Gives a stream up that did not even begin within the timeout of a request. */
  private void giveUp(Stream opened) {
    synchronized (this) {
      if (closed || stream != opened || opened.begun) {
        return;
      }
    }
    opened.cancel("the server did not begin to answer in time");
  }

  /** An event was taken out of the watch: there is room for one more. */
  void taken() {
    ClientCall<Q, E> call;
    synchronized (this) {
      if (stream == null) {
        room++;
        return;
      }
      stream.asked++;
      call = stream.call;
    }
    more(call);
  }

  private static void more(@Nullable ClientCall<?, ?> call) {
    // Without a call it is asked for when there is one.
    if (call != null) {
      call.request(1);
    }
  }

  private void arrived(Stream from, E event) {
    String at = (String) event.getField(position);
    ClientCall<Q, E> call;
    synchronized (this) {
      if (closed || from != stream) {
        return;
      }
      from.came++;
      if (!Place.of(at).isSeenAt(Place.of(place))) {
        place = at;
        failures = 0;
        watch.add(new WatchEvent.Happened<>(at, event));
        return;
      }
      // Seen before: it takes no room.
      from.asked++;
      call = from.call;
    }
    more(call);
  }

  private void ended(Stream from, Status status, Metadata trailers) {
    synchronized (this) {
      if (closed || from != stream) {
        return;
      }
      stream = null;
      // What was asked for and did not come may be asked for again.
      room += from.asked - from.came;
    }
    Refusal refusal =
        status.isOk()
            ? Refusal.of(Code.UNAVAILABLE, "the server ended the watch")
            : Refusal.of(status, trailers);
    cut(failure(refusal), refusal);
  }

  private void cut(ThalwegException failure, Refusal refusal) {
    boolean unknownPlace = refusal.code() == Code.OUT_OF_RANGE;
    if ((!unknownPlace && !passes(refusal)) || core.connection().isClosed()) {
      watch.end(failure);
      close();
      return;
    }
    int failed;
    synchronized (this) {
      if (closed) {
        return;
      }
      failures++;
      failed = failures;
      if (unknownPlace) {
        lost = refusal.message();
        place = "";
      }
    }
    core.options().listener().resumed(method);
    long pauseMs = core.backoff().pauseMs(failed, refusal.retryDelay());
    // Not kept to be cancelled: it finds out by itself that the watch is closed.
    core.connection()
        .later(
            TimeUnit.MILLISECONDS.toNanos(pauseMs),
            () -> {
              core.connection().reconnect();
              begin();
            });
  }

  private static boolean passes(Refusal refusal) {
    return switch (refusal.code()) {
      case UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN -> true;
      case RESOURCE_EXHAUSTED -> refusal.retryDelay() != null || refusal.cause() != null;
      default -> false;
    };
  }

  private ThalwegException failure(Refusal refusal) {
    return new ThalwegException(refusal, method.name(), null, 1, false);
  }

  @Override
  public void close() {
    Stream current;
    synchronized (this) {
      closed = true;
      current = stream;
      stream = null;
    }
    if (current != null) {
      current.cancel(CLOSED);
    }
  }

  /** One stream of the server. Its fields are guarded by the source. */
  private final class Stream extends ClientCall.Listener<E> {
    private @Nullable ClientCall<Q, E> call;
    private int asked;
    private int came;
    private boolean begun;

    private void open(String from) {
      try {
        Metadata headers = core.connection().headers(method.name(), null);
        ClientCall<Q, E> opened = core.connection().call(method.grpc(), CallOptions.DEFAULT, false);
        opened.start(this, headers);
        @SuppressWarnings("unchecked") // the builder of a Q builds a Q
        Q whole = (Q) request.toBuilder().setField(after, from).build();
        opened.sendMessage(whole);
        opened.halfClose();
        int count;
        boolean late;
        synchronized (WatchSource.this) {
          call = opened;
          count = asked;
          late = closed;
        }
        opened.request(count);
        if (late) {
          opened.cancel(CLOSED, null);
        }
      } catch (ThalwegException e) {
        ended(this, Status.UNAUTHENTICATED.withDescription(e.reason()), new Metadata());
      } catch (RuntimeException e) {
        ended(
            this,
            Status.UNAVAILABLE.withDescription("it could not be sent").withCause(e),
            new Metadata());
      }
    }

    private void cancel(String why) {
      ClientCall<Q, E> opened;
      synchronized (WatchSource.this) {
        opened = call;
      }
      if (opened != null) {
        opened.cancel(why, null);
      }
    }

    @Override
    public void onHeaders(Metadata headers) {
      synchronized (WatchSource.this) {
        begun = true;
      }
    }

    @Override
    public void onMessage(E message) {
      arrived(this, message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ended(this, status, trailers);
    }
  }
}
