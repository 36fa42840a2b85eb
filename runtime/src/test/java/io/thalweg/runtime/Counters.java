package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Added;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.CounterEvent;
import io.thalweg.runtime.test.CounterProto;
import io.thalweg.runtime.test.Doubled;
import io.thalweg.runtime.test.GetCounterRequest;
import io.thalweg.runtime.test.ListCountersRequest;
import io.thalweg.runtime.test.ListCountersResponse;
import io.thalweg.runtime.test.Mischief;
import io.thalweg.runtime.test.WatchCounterRequest;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Counters by name, with ways to misbehave. */
final class Counters {
  static final ServiceType TYPE =
      ServiceType.of(CounterProto.getDescriptor().findServiceByName("Counters"), Counters::new);

  /** Permits for commands that WAIT. */
  static final Semaphore GATE = new Semaphore(0);

  private final Table<String, Counter> counters;

  Counters(Definition d) {
    counters =
        d.table(
            1,
            "counters",
            KeyCodecs.string(),
            ValueCodecs.of(Counter::toByteArray, Counters::parse));
    d.command(AddRequest.class, Counter.class, this::add);
    d.query(GetCounterRequest.class, Counter.class, (request, context) -> get(request.getName()));
    d.scan(
        ListCountersRequest.class,
        ListCountersResponse.class,
        this::list,
        (q, parts) -> merge(parts));
    d.watch(
        WatchCounterRequest.class,
        CounterEvent.class,
        (request, event) -> map(request.getName(), event));
    d.event(Added.class, this::added);
    d.event(
        Doubled.class,
        (event, context) -> change(event.getName(), get(event.getName()).getValue(), 1));
  }

  private Counter add(AddRequest request, CommandContext context) {
    switch (request.getMischief()) {
      case THROW_FIRST -> throw new IllegalStateException("secret of " + request.getName());
      case WRITE_OUTSIDE -> counters.put("x", Counter.getDefaultInstance());
      case WAIT -> GATE.acquireUninterruptibly();
      default -> {}
    }
    Added event =
        Added.newBuilder()
            .setName(request.getName())
            .setAmount(request.getAmount())
            .setPoison(
                request.getMischief() == Mischief.THROW_IN_EVENT
                    || request.getMischief() == Mischief.HIDE_THROW)
            .setPadding(ByteString.copyFrom(new byte[request.getPaddingBytes()]))
            .build();
    if (request.getMischief() == Mischief.HIDE_THROW) {
      try {
        context.emit(event);
      } catch (IllegalStateException hidden) {
        return get(request.getName());
      }
    }
    context.emit(event);
    switch (request.getMischief()) {
      case THROW_LAST -> throw new IllegalStateException("secret of " + request.getName());
      case REFUSE_LAST -> throw Failure.of(Code.FAILED_PRECONDITION, "refused");
      default -> {}
    }
    return get(request.getName());
  }

  private void added(Added event, EventContext context) {
    change(event.getName(), event.getAmount(), 1);
    if (event.getPoison()) {
      throw new IllegalStateException("secret");
    }
  }

  private void change(String name, long amount, long versions) {
    Counter before = get(name);
    counters.put(
        name,
        before.toBuilder()
            .setValue(before.getValue() + amount)
            .setVersion(before.getVersion() + versions)
            .build());
  }

  private Counter get(String name) {
    Counter counter = counters.get(name);
    return counter == null ? Counter.newBuilder().setName(name).build() : counter;
  }

  private ListCountersResponse list(ListCountersRequest request, ScanContext context) {
    ListCountersResponse.Builder all = ListCountersResponse.newBuilder();
    context.scanAll(counters).forEachRemaining(row -> all.addCounters(row.value()));
    return all.build();
  }

  private static ListCountersResponse merge(List<ListCountersResponse> parts) {
    List<Counter> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(part.getCountersList()));
    all.sort(Comparator.comparing(Counter::getName));
    return ListCountersResponse.newBuilder().addAllCounters(all).build();
  }

  private static @Nullable CounterEvent map(String name, WatchedEvent event) {
    return event.event() instanceof Added added && added.getName().equals(name)
        ? CounterEvent.newBuilder().setAdded(added).build()
        : null;
  }

  private static Counter parse(byte[] bytes) {
    try {
      return Counter.parseFrom(bytes);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
