package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.stream.StreamWriter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A watch over something that stays open and is written to: a response, a WebSocket. More is
 * written only when the connection has taken what was written before, so at most a chunk and an
 * item wait for a client. A client that takes nothing for the time of the options is cut; one that
 * is idle is sent a heartbeat.
 */
abstract class StreamTransport<T> implements WatchSession.Transport {
  /** Who takes so long was not there to answer anything else meanwhile. */
  private static final long STALL_NS = TimeUnit.SECONDS.toNanos(1);

  private final StreamWriter<T> writer;
  private final Watchers watchers;
  private final MethodMetrics metrics;
  private final long startNs = System.nanoTime();
  private final WatchOptions options;
  private volatile long slowMs;
  private final ScheduledFuture<?> heartbeats;
  private @Nullable WatchSession session;

  // Written by the working thread before taken is false, read when it is true again.
  private int addedBytes;
  private volatile Position place = new Position(0, 0, -1);
  private volatile long writtenNs;
  private volatile boolean taken = true;
  private volatile long stalledUntilNs = startNs;

  StreamTransport(
      StreamWriter<T> writer,
      MethodMetrics metrics,
      Watchers watchers,
      GatewayOptions gateway,
      EventLoop eventLoop) {
    this.writer = writer;
    this.metrics = metrics;
    this.watchers = watchers;
    this.options = gateway.watching();
    this.slowMs = options.slowMs();
    long heartbeatMs = gateway.heartbeatMs();
    this.heartbeats =
        eventLoop.scheduleWithFixedDelay(
            this::beat, heartbeatMs, heartbeatMs, TimeUnit.MILLISECONDS);
  }

  /** Tells which session it transports; once, before that begins. */
  final void carry(WatchSession carried) {
    session = carried;
    slowMs = carried.isConflated() ? options.conflatedSlowMs() : options.slowMs();
    var _ =
        writer
            .whenComplete()
            .handle((done, cause) -> {
              heartbeats.cancel(false);
              carried.leave();
              return null;
            });
  }

  /** For how long the client has at least taken what it was sent. */
  final long tookForNs() {
    return System.nanoTime() - stalledUntilNs;
  }

  /** What is written when nothing else is; null for nothing this time. */
  abstract @Nullable T heartbeat();

  /** Writes an item, or keeps it until {@link #writeAdded}; how many bytes it has. */
  abstract int write(WatchStream.Item item);

  /** Writes what {@link #write} has kept. */
  abstract void writeAdded();

  /** Writes why it ends, if there is a reason that the client may be told, and closes. */
  abstract void writeEnd(@Nullable Failure reason, @Nullable Position at);

  /** Cuts the connection of a client that takes nothing. */
  abstract void abort();

  @Override
  public final boolean isReady() {
    return taken;
  }

  @Override
  public final boolean add(WatchStream.Item item) {
    addedBytes += write(item);
    return addedBytes < options.pageBytes();
  }

  @Override
  public final void flush(Position upTo) {
    int bytes = addedBytes;
    addedBytes = 0;
    place = upTo;
    writtenNs = System.nanoTime();
    taken = false;
    writeAdded();
    await(bytes);
  }

  /** Takes no more items until the connection has taken what was written. */
  private void await(int bytes) {
    watchers.waiting(bytes);
    var _ =
        writer
            .whenConsumed()
            .handle((done, cause) -> {
              watchers.waiting(-bytes);
              long nowNs = System.nanoTime();
              if (nowNs - writtenNs > STALL_NS) {
                stalledUntilNs = nowNs;
              }
              taken = true;
              if (session != null) {
                session.signal();
              }
              return null;
            });
  }

  /** The client left, or (with a reason) is sent away. */
  final void leave(@Nullable Failure reason) {
    WatchSession open = session;
    if (open == null) {
      return;
    }
    if (reason == null) {
      open.leave();
    } else {
      open.cut(reason);
    }
  }

  private void beat() {
    if (!taken) {
      if (System.nanoTime() - writtenNs > TimeUnit.MILLISECONDS.toNanos(slowMs)
          && session != null) {
        heartbeats.cancel(false);
        watchers.cut();
        Failure reason =
            Failure.retryable(
                Code.UNAVAILABLE,
                "nothing of what was sent was taken for "
                    + slowMs
                    + " ms; come back after the last position that you have seen (at the latest "
                    + place
                    + ")",
                watchers.backMs());
        session.cut(reason);
        abort();
      }
      return;
    }
    T beat = heartbeat();
    if (beat != null && writer.isOpen()) {
      writtenNs = System.nanoTime();
      taken = false;
      if (writer.tryWrite(beat)) {
        await(0);
      }
    }
  }

  @Override
  public final void ended(@Nullable Failure reason, @Nullable Position at) {
    heartbeats.cancel(false);
    metrics.record(reason == null ? Code.OK : reason.code(), startNs);
    writeEnd(reason, at);
  }
}
