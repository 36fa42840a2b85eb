package io.thalweg.client;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to a server: HTTP/2 connections, credentials, a timer, and virtual threads on which all
 * answers arrive. Thread-safe.
 */
final class Connection implements AutoCloseable {
  static final Metadata.Key<String> NAME = header("idempotency-key");
  static final Metadata.Key<String> POSITION = header("thalweg-position");
  static final Metadata.Key<String> SESSION = header("thalweg-session");
  static final Metadata.Key<String> LAG = header("thalweg-lag");
  private static final Metadata.Key<String> AUTHORIZATION = header("authorization");
  private static final int MAX_REPLY_BYTES = 16 << 20;
  private static final int PING_AFTER_SECONDS = 30;
  private static final int PING_TIMEOUT_SECONDS = 10;
  private static final int CLOSE_TIMEOUT_SECONDS = 5;

  private final ServerAddress server;
  private final @Nullable Supplier<String> token;
  private final long connectPauseNs;
  private final long connectTimeoutNs;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("thalweg-client-", 0).factory());
  private final Pauses pauses = new Pauses(this::run);
  private final ManagedChannel first;
  private final AtomicLong lastResetNs;

  // Guarded by this.
  private @Nullable ManagedChannel second;
  private boolean closed;

  Connection(ClientOptions options) {
    this.server = options.server();
    this.token = options.token();
    this.connectPauseNs = options.connectPause().toNanos();
    this.connectTimeoutNs = options.connectTimeout().toNanos();
    this.lastResetNs = new AtomicLong(System.nanoTime() - connectPauseNs);
    this.first = open();
  }

  private static Metadata.Key<String> header(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private ManagedChannel open() {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(server.host(), server.port(), server.credentials())
            .executor(threads)
            .offloadExecutor(threads)
            .maxInboundMessageSize(MAX_REPLY_BYTES)
            // A connection that is dead without a word is found out while a call or a watch is
            // open.
            .keepAliveTime(PING_AFTER_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(PING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .build();
    guardOpening(channel, new AtomicInteger());
    return channel;
  }

  /** The connection of hedges, so that they do not wait behind what they are to overtake. */
  private synchronized ManagedChannel second() {
    ManagedChannel channel = second;
    if (channel == null && !closed) {
      channel = open();
      second = channel;
    }
    return channel == null ? first : channel;
  }

  ManagedChannel channel() {
    return first;
  }

  <Q extends Message, R extends Message> ClientCall<Q, R> call(
      MethodDescriptor<Q, R> method, CallOptions options, boolean hedge) {
    return (hedge ? second() : first).newCall(method, options);
  }

  /**
   * The headers of an attempt.
   *
   * @throws ThalwegException UNAUTHENTICATED if there is no token to be had
   */
  Metadata headers(String method, @Nullable String name) {
    Metadata headers = new Metadata();
    if (name != null) {
      headers.put(NAME, name);
    }
    if (token != null) {
      String value;
      try {
        value = token.get();
      } catch (RuntimeException e) {
        throw new ThalwegException(
            new Refusal(
                Code.UNAUTHENTICATED,
                "the supplier of tokens failed: " + e.getMessage(),
                List.of(),
                null,
                e),
            method,
            name,
            0,
            false);
      }
      headers.put(AUTHORIZATION, "Bearer " + value);
    }
    return headers;
  }

  /**
   * A connection that failed waits for long before it tries again; this makes it try at once, but
   * not more often than the connect pause allows.
   */
  void reconnect() {
    long nowNs = System.nanoTime();
    long lastNs = lastResetNs.get();
    if (nowNs - lastNs >= connectPauseNs && lastResetNs.compareAndSet(lastNs, nowNs)) {
      first.resetConnectBackoff();
      ManagedChannel other;
      synchronized (this) {
        other = second;
      }
      if (other != null) {
        other.resetConnectBackoff();
      }
    }
  }

  /**
   * Gives up a connection that hangs while it opens: a server that accepts and then says nothing
   * (or what stands before it) would hold everything that comes after. What waits gets a new one.
   */
  private void guardOpening(ManagedChannel channel, AtomicInteger changes) {
    int change = changes.incrementAndGet();
    ConnectivityState state = channel.getState(false);
    if (state == ConnectivityState.SHUTDOWN) {
      return;
    }
    if (state == ConnectivityState.CONNECTING) {
      var _ =
          later(
              connectTimeoutNs,
              () -> {
                if (changes.get() == change) {
                  channel.enterIdle();
                }
              });
    }
    channel.notifyWhenStateChanged(state, () -> guardOpening(channel, changes));
  }

  /** Runs something on a virtual thread. */
  void run(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException closing) {
      // Only tasks that end something come this late, and they do not wait.
      task.run();
    }
  }

  /** Runs something later, on a virtual thread; at once when the client closes. */
  Pauses.Pause later(long delayNs, Runnable task) {
    return pauses.after(delayNs, task);
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Ends what is in flight with UNAVAILABLE. */
  @Override
  public void close() {
    ManagedChannel other;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      other = second;
    }
    first.shutdownNow();
    if (other != null) {
      other.shutdownNow();
    }
    pauses.close();
    try {
      first.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (other != null) {
        other.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdown();
  }
}
