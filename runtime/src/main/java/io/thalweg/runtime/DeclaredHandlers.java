package io.thalweg.runtime;

import com.google.protobuf.Internal;
import com.google.protobuf.Message;
import io.thalweg.contract.MethodKind;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.StateOptions;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Learns what a service declares, by making an instance that is thrown away. */
final class DeclaredHandlers implements Definition {
  private final PartitionState nowhere =
      PartitionState.open(new MemoryStore(StateOptions.defaults()), new PartitionScope(0, 0, 1));
  private final List<Declared> methods = new ArrayList<>();
  private final List<Message> events = new ArrayList<>();
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final List<Upcast> upcasts = new ArrayList<>();
  private final Map<String, Message> effectResults = new HashMap<>();
  private final Map<Class<?>, ReplyMerger<Message, Message>> mergers = new HashMap<>();

  private final Map<Class<?>, Predicate<Message>> noticed = new HashMap<>();

  /** A method's handler: its kind and default instances of request and reply. */
  record Declared(MethodKind kind, Message request, Message reply) {}

  /** A subscription: default instance of the event, and what routes one. */
  record Subscription(Message event, Function<Message, @Nullable String> key) {}

  List<Declared> methods() {
    return methods;
  }

  List<Message> events() {
    return events;
  }

  List<Subscription> subscriptions() {
    return subscriptions;
  }

  List<Upcast> upcasts() {
    return upcasts;
  }

  /** What makes one answer of those of all partitions, by the class of the request. */
  Map<Class<?>, ReplyMerger<Message, Message>> mergers() {
    return mergers;
  }

  /** Who is told notices, by the class of the watch's request. */
  Map<Class<?>, Predicate<Message>> noticed() {
    return noticed;
  }

  /** Handlers of results by name: default instances of their correlations. */
  Map<String, Message> effectResults() {
    return effectResults;
  }

  @Override
  public <K, V> Table<K, V> table(int id, String name, KeyCodec<K> keys, ValueCodec<V> values) {
    return nowhere.table(id, name, keys, values, (@Nullable RowListener<K, V>) null);
  }

  @Override
  public <K, V> Table<K, V> table(
      int id, String name, KeyCodec<K> keys, ValueCodec<V> values, RowListener<K, V> derived) {
    return nowhere.table(id, name, keys, values, derived);
  }

  @Override
  public <K, V> Ephemeral<K, V> ephemeral(String name, int maxEntries) {
    return new EphemeralMap<>(name, maxEntries, new EphemeralScope());
  }

  @Override
  public <Q extends Message, R extends Message> void signal(
      Class<Q> request, Class<R> reply, SignalHandler<Q, R> handler) {
    add(MethodKind.SIGNAL, request, reply);
  }

  @Override
  public <Q extends Message, R extends Message> void command(
      Class<Q> request, Class<R> reply, CommandHandler<Q, R> handler) {
    add(MethodKind.COMMAND, request, reply);
  }

  @Override
  public <E extends Message> void event(Class<E> event, EventHandler<E> handler) {
    events.add(Internal.getDefaultInstance(event));
  }

  // A subscription is only ever given events of the class that it was declared for.
  @Override
  @SuppressWarnings("unchecked")
  public <E extends Message> void subscribe(
      Class<E> event, Function<E, @Nullable String> key, MessageHandler<E> handler) {
    subscriptions.add(
        new Subscription(
            Internal.getDefaultInstance(event), (Function<Message, @Nullable String>) key));
  }

  @Override
  public <O extends Message, N extends Message> void upcast(
      Class<O> old, Class<N> to, Function<O, N> upcast) {
    upcasts.add(
        new Upcast(
            Internal.getDefaultInstance(old),
            Internal.getDefaultInstance(to),
            event -> upcast.apply(old.cast(event))));
  }

  @Override
  public <C extends Message> void effectResult(
      String handler, Class<C> correlation, EffectResultHandler<C> action) {
    if (handler.isEmpty() || handler.length() > EffectIntents.MAX_HANDLER_CHARS) {
      throw new IllegalArgumentException(
          "the name of a handler of results must have 1 to %d characters; got %d"
              .formatted(EffectIntents.MAX_HANDLER_CHARS, handler.length()));
    }
    if (effectResults.put(handler, Internal.getDefaultInstance(correlation)) != null) {
      throw new IllegalArgumentException("two handlers of results are named '" + handler + "'");
    }
  }

  @Override
  public <Q extends Message, R extends Message> void query(
      Class<Q> request, Class<R> reply, QueryHandler<Q, R> handler) {
    add(MethodKind.POINT_QUERY, request, reply);
  }

  // A merger is only ever given messages of the classes it was declared for.
  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void scan(
      Class<Q> request, Class<R> reply, ScanHandler<Q, R> handler, ReplyMerger<Q, R> merger) {
    mergers.put(request, (ReplyMerger<Message, Message>) merger);
    add(MethodKind.SCAN, request, reply);
  }

  // Is only ever asked about requests of the class it was declared for.
  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> Notices<R> notices(
      Class<Q> request, Class<R> reply, Predicate<Q> wants) {
    noticed.put(request, (Predicate<Message>) wants);
    return (keys, item) -> {
      throw new IllegalStateException("told outside of a signal's handler");
    };
  }

  @Override
  public <Q extends Message, R extends Message> void watch(
      Class<Q> request, Class<R> reply, WatchMapping<Q, R> mapping) {
    add(MethodKind.WATCH, request, reply);
  }

  private <Q extends Message, R extends Message> void add(
      MethodKind kind, Class<Q> request, Class<R> reply) {
    methods.add(
        new Declared(
            kind, Internal.getDefaultInstance(request), Internal.getDefaultInstance(reply)));
  }
}
