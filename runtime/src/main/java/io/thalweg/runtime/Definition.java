package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a service declares of itself when an instance is made. Used only within the constructor.
 *
 * <p>Whether a method is a command, a point query, a scan or a watch, and which field routes it, is
 * said in the contract; a handler of another kind is refused, and so is a method or an event
 * without a handler.
 */
public interface Definition {
  /** Declares a durable table. Its number is part of the row format: never reuse one. */
  <K, V> Table<K, V> table(int id, String name, KeyCodec<K> keys, ValueCodec<V> values);

  /** Declares a durable table and a structure in memory that is derived from its rows. */
  <K, V> Table<K, V> table(
      int id, String name, KeyCodec<K> keys, ValueCodec<V> values, RowListener<K, V> derived);

  /**
   * Declares a map in memory that is not durable.
   *
   * @param name is named in errors
   * @param maxEntries the most entries of a partition, over all projects and slots; 1 to 1,000,000
   */
  <K, V> Ephemeral<K, V> ephemeral(String name, int maxEntries);

  /** Decides: reads, emits events, answers. */
  <Q extends Message, R extends Message> void command(
      Class<Q> request, Class<R> reply, CommandHandler<Q, R> handler);

  /** Evolves: changes tables, nothing else. The only place where tables may be written. */
  <E extends Message> void event(Class<E> event, EventHandler<E> handler);

  /**
   * Hears of an event of a service of this node, its own or another: each one that is emitted from
   * the time on at which this subscription exists, exactly once, in the order of the partition that
   * emitted it. The handler runs as a command without a reply, in the event's project; an event
   * that it refuses becomes a dead letter.
   *
   * @param event type of the event; is matched by its full name
   * @param key what routes it, as a routing key does a request; null: this event is not for this
   *     service. Stateless; runs on the thread of the partition that emits the event, and what it
   *     throws fails the command that does
   */
  <E extends Message> void subscribe(
      Class<E> event,
      Function<E, @org.jspecify.annotations.Nullable String> key,
      MessageHandler<E> handler);

  /**
   * Reads an event of an earlier release as the one that took its place. {@code old} stays in the
   * contract with its number and has no handler; it is never emitted again, that is refused.
   * Wherever a log holds it, event handlers, watch mappings and verification are given what {@code
   * upcast} makes of it. {@code to} has a handler, or is upcast in turn.
   *
   * <p>Rows that were written before stay: what is made must lead to the rows that the old event
   * led to.
   *
   * @param upcast depends on nothing but the event, and does not throw on one that was once
   *     decided; runs on the partition's thread and on those of watchers
   */
  <O extends Message, N extends Message> void upcast(
      Class<O> old, Class<N> to, Function<O, N> upcast);

  /**
   * Hears how an effect ended that was asked for in this handler's name ({@link
   * CommandContext#effect}): once, in the effect's project and slot, with the principal "effect".
   * The handler runs as a command without a reply. One that throws is tried again, at the 8th time
   * and at a refusal for good the result becomes a dead letter.
   *
   * @param handler 1 to 64 characters; is kept with pending effects, so keep it when code changes
   * @param correlation type of what comes back with the result
   */
  <C extends Message> void effectResult(
      String handler, Class<C> correlation, EffectResultHandler<C> action);

  /** Reads a bounded number of rows on the partition's thread. */
  <Q extends Message, R extends Message> void query(
      Class<Q> request, Class<R> reply, QueryHandler<Q, R> handler);

  /**
   * Writes ephemeral maps, and reads a bounded number of rows, on the partition's thread; emits
   * nothing. What it has written stays if it throws.
   */
  <Q extends Message, R extends Message> void signal(
      Class<Q> request, Class<R> reply, SignalHandler<Q, R> handler);

  /**
   * Reads any number of rows on a reader thread. Without a routing key every partition is asked and
   * {@code merger} makes one answer of theirs.
   */
  <Q extends Message, R extends Message> void scan(
      Class<Q> request, Class<R> reply, ScanHandler<Q, R> handler, ReplyMerger<Q, R> merger);

  /**
   * Declares that watchers are also told what no log holds; see {@link Notices}.
   *
   * @param request of the watch method, which is declared beside it
   * @param wants who is told, by what it asks; stateless, runs on any thread
   */
  <Q extends Message, R extends Message> Notices<R> notices(
      Class<Q> request, Class<R> reply, Predicate<Q> wants);

  /** Turns events into what a watcher is sent. */
  <Q extends Message, R extends Message> void watch(
      Class<Q> request, Class<R> reply, WatchMapping<Q, R> mapping);

  /**
   * Runs on the partition's thread. May throw {@link Failure} to refuse: nothing is changed then.
   */
  @FunctionalInterface
  interface CommandHandler<Q extends Message, R extends Message> {
    R handle(Q request, CommandContext context);
  }

  /** Runs on the partition's thread, as a command that nobody waits for. */
  @FunctionalInterface
  interface MessageHandler<E extends Message> {
    void handle(E event, CommandContext context);
  }

  /** Runs on the partition's thread, as a command that nobody waits for. */
  @FunctionalInterface
  interface EffectResultHandler<C extends Message> {
    void handle(EffectResult result, C correlation, CommandContext context);
  }

  /**
   * Runs on the partition's thread, now or in a replay years later: it depends on nothing but the
   * event, its context and the tables, and does not throw on an event that was once decided.
   */
  @FunctionalInterface
  interface EventHandler<E extends Message> {
    void apply(E event, EventContext context);
  }

  /** Runs on the partition's thread. Changes nothing. */
  @FunctionalInterface
  interface QueryHandler<Q extends Message, R extends Message> {
    R handle(Q request, QueryContext context);
  }

  /** Runs on the partition's thread. Changes ephemeral maps only. */
  @FunctionalInterface
  interface SignalHandler<Q extends Message, R extends Message> {
    R handle(Q request, QueryContext context);
  }

  /** Runs on a reader thread; reads through the context only. */
  @FunctionalInterface
  interface ScanHandler<Q extends Message, R extends Message> {
    R handle(Q request, ScanContext context);
  }

  /** Makes one answer of the partitions' answers, which come in order of the partitions. */
  @FunctionalInterface
  interface ReplyMerger<Q extends Message, R extends Message> {
    R merge(Q request, java.util.List<R> parts);
  }

  /** Runs on the watcher's thread; stateless. */
  @FunctionalInterface
  interface WatchMapping<Q extends Message, R extends Message> {
    /**
     * What the watcher is sent for an event of its slot, or null for nothing (another key of the
     * same slot, an event that is not for watchers).
     */
    @org.jspecify.annotations.Nullable
    R map(Q request, WatchedEvent event);
  }
}
