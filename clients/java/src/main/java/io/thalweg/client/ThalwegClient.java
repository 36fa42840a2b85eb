package io.thalweg.client;

import com.google.protobuf.Message;
import java.util.function.Supplier;

/**
 * A client of one server, for all of a program: thread-safe, with one HTTP/2 connection for any
 * number of requests in flight. Close it at the end; what is in flight then fails with UNAVAILABLE.
 *
 * <p>{@link #leaderboard} is the typed client of the leaderboard. Services of your own are called
 * by {@link #call} and {@link #watch} with the classes that were generated from their contracts.
 */
public final class ThalwegClient implements AutoCloseable {
  private final ClientCore core;
  private final LeaderboardClient leaderboard;
  private final AccessClient access;

  ThalwegClient(ClientCore core) {
    this.core = core;
    this.leaderboard = new LeaderboardClient(this, CallSettings.none());
    this.access = new AccessClient(this, CallSettings.none());
  }

  /**
   * Begins to describe a client.
   *
   * @param url scheme, host and port: {@code http://127.0.0.1:8080}, {@code https://game.example}
   */
  public static ClientBuilder at(String url) {
    return new ClientBuilder(url);
  }

  /** The leaderboard. */
  public LeaderboardClient leaderboard() {
    return leaderboard;
  }

  /** Projects, API keys and what was audited. */
  public AccessClient access() {
    return access;
  }

  /** Locks, elections and registers of a space. */
  public LocksClient locks(String space) {
    return new LocksClient(this, space);
  }

  /** Sends a command or a query. */
  public <Q extends Message, R extends Message> PendingReply<R> call(
      ServiceMethod<Q, R> method, Q request) {
    return call(method, request, CallSettings.none());
  }

  /**
   * As {@link #call(ServiceMethod, Message)}.
   *
   * @throws IllegalArgumentException if the method is a watch, or takes no name and is given one
   */
  public <Q extends Message, R extends Message> PendingReply<R> call(
      ServiceMethod<Q, R> method, Q request, CallSettings settings) {
    if (method.treatment() == ServiceMethod.Treatment.WATCH) {
      throw new IllegalArgumentException(method + " is a watch");
    }
    if (settings.name() != null && method.treatment() != ServiceMethod.Treatment.NAMED) {
      throw new IllegalArgumentException("name: " + method + " takes none; it is no command");
    }
    return new UnaryCall<>(core, method, request, settings).start();
  }

  /**
   * Watches. The contract's request has a field {@code after} and its items a field {@code
   * position}, both strings.
   *
   * @param from where it begins; wins over the request's {@code after}
   * @param anchor sends a read of the same key, whose {@link PendingReply#position} says where the
   *     present is. A watch from now begins there, and one whose place is lost goes on from there
   * @throws IllegalArgumentException if the method is no watch or has no such fields
   */
  public <Q extends Message, R extends Message> Watch<R> watch(
      ServiceMethod<Q, R> method, Q request, WatchFrom from, Supplier<PendingReply<?>> anchor) {
    Watch<R> watch = new Watch<>();
    watch.begin(new WatchSource<>(core, method, request, from, anchor, watch));
    return watch;
  }

  /**
   * Whether the server answers and takes requests of all its partitions. Takes no credentials.
   * Fails as every request does if nobody answers.
   */
  public PendingReply<Boolean> ready() {
    return ServerHealth.ask(core);
  }

  @Override
  public void close() {
    core.connection().close();
  }
}
