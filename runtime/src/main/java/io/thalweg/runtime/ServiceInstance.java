package io.thalweg.runtime;

import com.google.protobuf.Internal;
import com.google.protobuf.Message;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a service in one partition: its handlers over that partition's tables. Used by
 * the partition's thread; watch mappings and scan handlers also by others, they are stateless.
 */
final class ServiceInstance implements Definition {
  private final PartitionState state;
  private final EphemeralScope ephemeralScope = new EphemeralScope();
  private final Map<Class<?>, CommandHandler<Message, Message>> commands = new HashMap<>();
  private final Map<Class<?>, QueryHandler<Message, Message>> queries = new HashMap<>();
  private final Map<Class<?>, SignalHandler<Message, Message>> signals = new HashMap<>();
  private final Map<Class<?>, ScanHandler<Message, Message>> scans = new HashMap<>();
  private final Map<Class<?>, WatchMapping<Message, Message>> watches = new HashMap<>();
  private final Map<Class<?>, EventHandler<Message>> events = new HashMap<>();
  private final Map<Class<?>, MessageHandler<Message>> subscriptions = new HashMap<>();
  private final Map<String, EffectResultHandler<Message>> effectResults = new HashMap<>();

  ServiceInstance(ServiceType type, PartitionState state) {
    this.state = state;
    type.constructor().accept(this);
  }

  CommandHandler<Message, Message> commandOf(Class<?> request) {
    return require(commands.get(request), request);
  }

  QueryHandler<Message, Message> queryOf(Class<?> request) {
    return require(queries.get(request), request);
  }

  SignalHandler<Message, Message> signalOf(Class<?> request) {
    return require(signals.get(request), request);
  }

  /** Where its ephemeral maps are used. */
  EphemeralScope ephemeralScope() {
    return ephemeralScope;
  }

  ScanHandler<Message, Message> scanOf(Class<?> request) {
    return require(scans.get(request), request);
  }

  WatchMapping<Message, Message> watchOf(Class<?> request) {
    return require(watches.get(request), request);
  }

  EventHandler<Message> handlerOf(Class<?> event) {
    return require(events.get(event), event);
  }

  /** Handles a message: a request of one of its commands, or an event that it has subscribed to. */
  void handle(Message message, CommandContext context) {
    MessageHandler<Message> subscriber = subscriptions.get(message.getClass());
    if (subscriber == null) {
      commandOf(message.getClass()).handle(message, context);
    } else {
      subscriber.handle(message, context);
    }
  }

  /** Handles the result of an effect; there is a handler of this name. */
  void handle(String handler, EffectResult result, Message correlation, CommandContext context) {
    EffectResultHandler<Message> action = effectResults.get(handler);
    if (action == null) {
      throw new IllegalStateException("no handler of results named " + handler);
    }
    action.handle(result, correlation, context);
  }

  private static <T> T require(@Nullable T handler, Class<?> message) {
    if (handler == null) {
      throw new IllegalStateException("no handler for " + message.getName());
    }
    return handler;
  }

  @Override
  public <K, V> Table<K, V> table(int id, String name, KeyCodec<K> keys, ValueCodec<V> values) {
    checkTable(id, name);
    return state.table(id, name, keys, values, (@Nullable RowListener<K, V>) null);
  }

  @Override
  public <K, V> Table<K, V> table(
      int id, String name, KeyCodec<K> keys, ValueCodec<V> values, RowListener<K, V> derived) {
    checkTable(id, name);
    return state.table(id, name, keys, values, derived);
  }

  private static void checkTable(int id, String name) {
    if (id < 1 || id >= PartitionState.FIRST_SYSTEM_TABLE) {
      throw new IllegalArgumentException(
          "the number of table '%s' must be from 1 to %d; got %d"
              .formatted(name, PartitionState.FIRST_SYSTEM_TABLE - 1, id));
    }
  }

  @Override
  public <K, V> Ephemeral<K, V> ephemeral(String name, int maxEntries) {
    return new EphemeralMap<>(name, maxEntries, ephemeralScope);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void signal(
      Class<Q> request, Class<R> reply, SignalHandler<Q, R> handler) {
    signals.put(request, (SignalHandler<Message, Message>) handler);
  }

  @Override
  public <Q extends Message, R extends Message> Notices<R> notices(
      Class<Q> request, Class<R> reply, Predicate<Q> wants) {
    String name = Internal.getDefaultInstance(request).getDescriptorForType().getFullName();
    return (keys, item) -> ephemeralScope.tell(name, keys, item);
  }

  // A handler is only ever given messages of the class it was registered for.
  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void command(
      Class<Q> request, Class<R> reply, CommandHandler<Q, R> handler) {
    commands.put(request, (CommandHandler<Message, Message>) handler);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <E extends Message> void event(Class<E> event, EventHandler<E> handler) {
    events.put(event, (EventHandler<Message>) handler);
  }

  // Events are upcast as they are read from the log: by the model, before they come here.
  @Override
  public <O extends Message, N extends Message> void upcast(
      Class<O> old, Class<N> to, Function<O, N> upcast) {}

  @Override
  @SuppressWarnings("unchecked")
  public <E extends Message> void subscribe(
      Class<E> event, Function<E, @Nullable String> key, MessageHandler<E> handler) {
    subscriptions.put(event, (MessageHandler<Message>) handler);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <C extends Message> void effectResult(
      String handler, Class<C> correlation, EffectResultHandler<C> action) {
    effectResults.put(handler, (EffectResultHandler<Message>) action);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void query(
      Class<Q> request, Class<R> reply, QueryHandler<Q, R> handler) {
    queries.put(request, (QueryHandler<Message, Message>) handler);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void scan(
      Class<Q> request, Class<R> reply, ScanHandler<Q, R> handler, ReplyMerger<Q, R> merger) {
    scans.put(request, (ScanHandler<Message, Message>) handler);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void watch(
      Class<Q> request, Class<R> reply, WatchMapping<Q, R> mapping) {
    watches.put(request, (WatchMapping<Message, Message>) mapping);
  }
}
