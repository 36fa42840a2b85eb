package io.thalweg.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.Sealed;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Ephemeral;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.Notices;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A service's handlers without a runtime around them, over tables that store nothing and only tell
 * their listeners. Reads of a table find nothing. For measuring what a service's own logic costs.
 */
final class UnstoredPartition implements Definition {
  private final Map<Class<?>, CommandHandler<Message, Message>> commands = new HashMap<>();
  private final Map<Class<?>, QueryHandler<Message, Message>> queries = new HashMap<>();
  private final Map<Class<?>, EventHandler<Message>> events = new HashMap<>();
  private final Context context = new Context();
  private long offset;

  UnstoredPartition(ServiceType type) {
    type.constructor().accept(this);
  }

  Message call(Message request) {
    CommandHandler<Message, Message> command = commands.get(request.getClass());
    if (command != null) {
      return command.handle(request, context);
    }
    QueryHandler<Message, Message> query = queries.get(request.getClass());
    if (query == null) {
      throw new IllegalArgumentException("no handler for " + request.getClass());
    }
    return query.handle(request, context);
  }

  @Override
  public <K, V> Table<K, V> table(int id, String name, KeyCodec<K> keys, ValueCodec<V> values) {
    return new Unstored<>(name, null);
  }

  @Override
  public <K, V> Table<K, V> table(
      int id, String name, KeyCodec<K> keys, ValueCodec<V> values, RowListener<K, V> derived) {
    return new Unstored<>(name, derived);
  }

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

  @Override
  public <K, V> Ephemeral<K, V> ephemeral(String name, int maxEntries) {
    throw new UnsupportedOperationException("no signals here");
  }

  @Override
  public <Q extends Message, R extends Message> Notices<R> notices(
      Class<Q> request, Class<R> reply, Predicate<Q> wants) {
    throw new UnsupportedOperationException("no signals here");
  }

  @Override
  public <Q extends Message, R extends Message> void signal(
      Class<Q> request, Class<R> reply, SignalHandler<Q, R> handler) {}

  @Override
  public <E extends Message> void subscribe(
      Class<E> event, Function<E, @Nullable String> key, MessageHandler<E> handler) {}

  @Override
  public <O extends Message, N extends Message> void upcast(
      Class<O> old, Class<N> to, Function<O, N> upcast) {}

  @Override
  public <C extends Message> void effectResult(
      String handler, Class<C> correlation, EffectResultHandler<C> action) {}

  @Override
  @SuppressWarnings("unchecked")
  public <Q extends Message, R extends Message> void query(
      Class<Q> request, Class<R> reply, QueryHandler<Q, R> handler) {
    queries.put(request, (QueryHandler<Message, Message>) handler);
  }

  @Override
  public <Q extends Message, R extends Message> void scan(
      Class<Q> request, Class<R> reply, ScanHandler<Q, R> handler, ReplyMerger<Q, R> merger) {}

  @Override
  public <Q extends Message, R extends Message> void watch(
      Class<Q> request, Class<R> reply, WatchMapping<Q, R> mapping) {}

  private final class Context implements CommandContext, EventContext, QueryContext {
    private final RandomGenerator random = new SplittableRandom(3);

    @Override
    public long logTimeUs() {
      return 1_700_000_000_000_000L + offset;
    }

    @Override
    public RandomGenerator random() {
      return random;
    }

    @Override
    public Caller caller() {
      return Caller.ANONYMOUS;
    }

    @Override
    public long nextOffset() {
      return offset;
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public int project() {
      return 0;
    }

    @Override
    public void send(Message request) {
      throw new UnsupportedOperationException("nothing is stored");
    }

    @Override
    public void schedule(String name, long atUs, Message request) {
      throw new UnsupportedOperationException("nothing is stored");
    }

    @Override
    public String effect(String handler, HttpEffect request, Message correlation) {
      throw new UnsupportedOperationException("nothing is stored");
    }

    @Override
    public Sealed seal(String subject, ByteString plaintext) {
      throw new UnsupportedOperationException("nothing is stored");
    }

    @Override
    public Optional<ByteString> unseal(Sealed sealed) {
      throw new UnsupportedOperationException("nothing is stored");
    }

    @Override
    public boolean forget(String subject) {
      return false;
    }

    @Override
    public boolean cancelTimer(String name) {
      return false;
    }

    @Override
    public void emit(Message event) {
      EventHandler<Message> handler = events.get(event.getClass());
      if (handler == null) {
        throw new IllegalArgumentException("no handler for " + event.getClass());
      }
      handler.apply(event, this);
      offset++;
    }
  }

  private static final class Unstored<K, V> implements Table<K, V> {
    private final String name;
    private final @Nullable RowListener<K, V> listener;

    Unstored(String name, @Nullable RowListener<K, V> listener) {
      this.name = name;
      this.listener = listener;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public @Nullable V get(K key) {
      return null;
    }

    @Override
    public boolean contains(K key) {
      return false;
    }

    @Override
    public void put(K key, V value) {
      replace(key, null, value);
    }

    @Override
    public void replace(K key, @Nullable V before, V after) {
      if (listener != null) {
        listener.changed(0, key, before, after);
      }
    }

    @Override
    public void delete(K key) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void delete(K key, V before) {
      if (listener != null) {
        listener.changed(0, key, before, null);
      }
    }

    @Override
    public void deleteRange(K from, K to) {}

    @Override
    public void deletePrefix(KeyPrefix prefix) {}

    @Override
    public List<Row<K, V>> scan(@Nullable K from, @Nullable K to, int limit) {
      return List.of();
    }

    @Override
    public List<Row<K, V>> scanPrefix(KeyPrefix prefix, int limit) {
      return List.of();
    }

    @Override
    public @Nullable Row<K, V> first() {
      return null;
    }
  }
}
