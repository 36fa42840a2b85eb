package io.thalweg.leaderboard;

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
import io.thalweg.state.KeyCodec;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The service's handlers over the real tables in a store in memory, one request after the other, on
 * the test's thread. Every stated "before" is compared with the row. Keeps its events, so that they
 * can be replayed.
 */
final class SoloPartition implements Definition, AutoCloseable {
  private static final int SLOT = 7;

  /** A command to come. */
  record Timer(long atUs, Message request) {}

  /** An event as a log would hold it. */
  record Logged(long offset, long timeUs, int project, Message event) {}

  final BoardIndex index = new BoardIndex();
  final List<Logged> log = new ArrayList<>();

  /** Timers that are set, by name. */
  final Map<String, Timer> timers = new TreeMap<>();

  /** The ids of the keys of those who have one. */
  final Map<String, ByteString> keyIds = new HashMap<>();

  private final MemoryStore store;
  private final PartitionState state;
  private final Map<Class<?>, CommandHandler<Message, Message>> commands = new HashMap<>();
  private final Map<Class<?>, QueryHandler<Message, Message>> queries = new HashMap<>();
  private final Map<Class<?>, EventHandler<Message>> events = new HashMap<>();
  private final List<Logged> open = new ArrayList<>();
  private long offset;
  private long timeUs = 1_700_000_000_000_000L;
  private int project;

  SoloPartition() {
    this(new MemoryStore(StateOptions.defaults().withVerifyBefore(true)));
  }

  private SoloPartition(MemoryStore store) {
    this.store = store;
    state = PartitionState.open(store, new PartitionScope(1, 0, 65_536));
    Leaderboard.define(this, index);
  }

  /** Another partition that was given the same events. */
  SoloPartition replayed() {
    SoloPartition other = new SoloPartition();
    for (Logged each : log) {
      other.apply(each);
    }
    other.closeBatch();
    return other;
  }

  /** Another partition over the stored rows, without the log. */
  SoloPartition reopened() {
    closeBatch();
    state.durable(offset);
    state.flush();
    SoloPartition other = new SoloPartition(store.copy());
    other.state.load(rows -> {});
    other.offset = offset;
    other.timeUs = timeUs;
    other.timers.putAll(timers);
    other.keyIds.putAll(keyIds);
    return other;
  }

  SoloPartition inProject(int number) {
    project = number;
    return this;
  }

  /** Log time becomes this, unless it is later already; no timer fires. */
  void at(Instant time) {
    timeUs = Math.max(timeUs, ChronoUnit.MICROS.between(Instant.EPOCH, time));
  }

  /** Log time becomes this, and what is due fires then: as after a downtime. */
  void fireAt(Instant time) {
    at(time);
    fireDue();
  }

  /** Log time passes until then, and each timer fires when it is due. */
  void runTo(Instant time) {
    long endUs = ChronoUnit.MICROS.between(Instant.EPOCH, time);
    while (true) {
      OptionalLong next =
          timers.values().stream().mapToLong(Timer::atUs).filter(us -> us <= endUs).min();
      if (next.isEmpty()) {
        break;
      }
      timeUs = Math.max(timeUs, next.getAsLong());
      fireDue();
    }
    at(time);
  }

  private void fireDue() {
    for (Map.Entry<String, Timer> entry : List.copyOf(timers.entrySet())) {
      if (entry.getValue().atUs() <= timeUs) {
        timers.remove(entry.getKey());
        execute(entry.getValue().request(), Message.class);
      }
    }
  }

  <R extends Message> R call(Message request, Class<R> reply) {
    timeUs += 1_000_000;
    return execute(request, reply);
  }

  private <R extends Message> R execute(Message request, Class<R> reply) {
    state.enter(project, SLOT);
    CommandHandler<Message, Message> command = commands.get(request.getClass());
    if (command == null) {
      QueryHandler<Message, Message> query = queries.get(request.getClass());
      return reply.cast(require(query).handle(request, new Query()));
    }
    state.savepoint();
    long before = offset;
    Map<String, Timer> timersBefore = Map.copyOf(timers);
    try {
      R answer = reply.cast(command.handle(request, new Command()));
      state.release();
      log.addAll(open);
      return answer;
    } catch (RuntimeException e) {
      state.undo();
      offset = before;
      timers.clear();
      timers.putAll(timersBefore);
      throw e;
    } finally {
      open.clear();
    }
  }

  /** Executes commands as one and takes all of it back, as if the last had thrown. */
  void callAndUndo(List<? extends Message> requests) {
    state.enter(project, SLOT);
    state.savepoint();
    long before = offset;
    Map<String, Timer> timersBefore = Map.copyOf(timers);
    for (Message request : requests) {
      require(commands.get(request.getClass())).handle(request, new Command());
    }
    state.undo();
    offset = before;
    timers.clear();
    timers.putAll(timersBefore);
    open.clear();
  }

  /** Over all rows. */
  byte[] digest() {
    closeBatch();
    try (StateView view = state.freeze()) {
      return view.digest();
    }
  }

  private static <H> H require(@Nullable H handler) {
    if (handler == null) {
      throw new IllegalStateException("no handler for this message");
    }
    return handler;
  }

  // Nothing is sealed here: what can be read is told by the id alone.
  private Optional<ByteString> unseal(Sealed sealed) {
    return sealed.getKeyId().equals(keyIds.get(sealed.getSubject()))
        ? Optional.of(sealed.getCiphertext().substring("sealed ".length()))
        : Optional.empty();
  }

  private static ByteString keyId(String subject, long offset) {
    return ByteString.copyFromUtf8("%08x%08x".formatted(subject.hashCode(), offset));
  }

  private void closeBatch() {
    state.batchClosed(offset, new byte[0]);
  }

  private void apply(Logged event) {
    offset = event.offset();
    timeUs = event.timeUs();
    project = event.project();
    state.enter(project, SLOT);
    state.beginEvent();
    require(events.get(event.event().getClass())).apply(event.event(), new Event());
    state.endEvent();
    offset++;
  }

  @Override
  public void close() {
    state.abandon();
    store.close();
  }

  @Override
  public <K, V> Table<K, V> table(int id, String name, KeyCodec<K> keys, ValueCodec<V> values) {
    return state.table(id, name, keys, values, null);
  }

  @Override
  public <K, V> Table<K, V> table(
      int id, String name, KeyCodec<K> keys, ValueCodec<V> values, RowListener<K, V> derived) {
    return state.table(id, name, keys, values, derived);
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

  private final class Event implements EventContext {
    @Override
    public long offset() {
      return offset;
    }

    @Override
    public long logTimeUs() {
      return timeUs;
    }

    @Override
    public int project() {
      return project;
    }
  }

  private final class Query implements QueryContext {
    @Override
    public long logTimeUs() {
      return timeUs;
    }

    @Override
    public Caller caller() {
      return new Caller(project, "");
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public Optional<ByteString> unseal(Sealed sealed) {
      return SoloPartition.this.unseal(sealed);
    }
  }

  private final class Command implements CommandContext {
    @Override
    public long logTimeUs() {
      return timeUs;
    }

    @Override
    public RandomGenerator random() {
      return new SplittableRandom(offset);
    }

    @Override
    public Caller caller() {
      return new Caller(project, "");
    }

    @Override
    public long nextOffset() {
      return offset;
    }

    @Override
    public void send(Message request) {
      throw new UnsupportedOperationException("it stands alone");
    }

    @Override
    public void schedule(String name, long atUs, Message request) {
      timers.put(name, new Timer(atUs, request));
    }

    @Override
    public String effect(String handler, HttpEffect request, Message correlation) {
      throw new UnsupportedOperationException("it stands alone");
    }

    @Override
    public Sealed seal(String subject, ByteString plaintext) {
      return Sealed.newBuilder()
          .setSubject(subject)
          .setKeyId(keyIds.computeIfAbsent(subject, s -> keyId(s, offset)))
          .setNonce(ByteString.copyFrom(new byte[12]))
          .setCiphertext(ByteString.copyFromUtf8("sealed ").concat(plaintext))
          .build();
    }

    @Override
    public Optional<ByteString> unseal(Sealed sealed) {
      return SoloPartition.this.unseal(sealed);
    }

    @Override
    public boolean forget(String subject) {
      return keyIds.remove(subject) != null;
    }

    @Override
    public boolean cancelTimer(String name) {
      return timers.remove(name) != null;
    }

    @Override
    public void emit(Message event) {
      state.beginEvent();
      require(events.get(event.getClass())).apply(event, new Event());
      state.endEvent();
      open.add(new Logged(offset, timeUs, project, event));
      offset++;
    }
  }
}
