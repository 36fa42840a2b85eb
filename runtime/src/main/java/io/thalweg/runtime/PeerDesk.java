package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.ServiceModel.Method;
import io.thalweg.runtime.system.ForwardedCall;
import io.thalweg.runtime.system.ForwardedEvent;
import io.thalweg.runtime.system.ForwardedEvents;
import io.thalweg.runtime.system.ForwardedWatch;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves the other nodes of a cluster. Who asks was found out by them: this is to be reached by
 * nodes alone. Thread-safe.
 */
final class PeerDesk {
  /** The most of one answer to a watcher. */
  static final int MAX_EVENTS = 256;

  static final int MAX_EVENT_BYTES = 1 << 20;

  private final EmbeddedEngine engine;
  private final Watches watches;
  private final PeerNotes notes;
  private final Map<String, ServiceModel> models = new HashMap<>();
  private final Map<String, List<Partition>> partitions = new HashMap<>();

  PeerDesk(
      EmbeddedEngine engine,
      Watches watches,
      PeerNotes notes,
      Map<ServiceModel, List<Partition>> services) {
    this.engine = engine;
    this.watches = watches;
    this.notes = notes;
    services.forEach((model, all) -> {
      models.put(model.name(), model);
      partitions.put(model.name(), all);
    });
  }

  /** See {@link Node#servePeer}. */
  void serve(PeerRequest request, Consumer<PeerReply> reply) {
    try {
      switch (request.getWhatCase()) {
        case CALL -> call(request.getCall(), reply);
        case WATCH -> reply.accept(watch(request.getWatch()));
        case NOTE -> reply.accept(notes.take(request.getNote()));
        case WHAT_NOT_SET ->
            throw Failure.of(Code.UNIMPLEMENTED, "this node does not know what another one asks");
      }
    } catch (Failure refusal) {
      reply.accept(PeerAnswer.failed(refusal));
    }
  }

  private void call(ForwardedCall from, Consumer<PeerReply> reply) {
    Partition partition = partitionOf(from.getService(), from.getPartition());
    ServiceModel model = models.get(from.getService());
    if (partition == null || model == null) {
      reply.accept(PeerReply.newBuilder().setNotLed("there is no such partition there").build());
      return;
    }
    long nowNs = engine.host().nanoTime();
    Trace trace =
        from.getTrace().size() == Trace.CONTEXT_BYTES
            ? engine.tracing().resume(from.getRequestType(), from.getTrace().toByteArray(), nowNs)
            : null;
    PeerAnswer answer = new PeerAnswer(reply, trace);
    Call call;
    try {
      call = ForwardedCalls.decode(model, from, trace, nowNs, answer);
    } catch (Failure refusal) {
      answer.failure(refusal);
      return;
    }
    partition.submit(call);
  }

  private PeerReply watch(ForwardedWatch from) {
    Partition partition = partitionOf(from.getService(), from.getPartition());
    ServiceModel model = models.get(from.getService());
    if (partition == null || model == null || partition.phase() != PartitionPhase.ACTIVE) {
      return PeerReply.newBuilder().setNotLed("it does not lead the partition").build();
    }
    Method method = ForwardedCalls.methodOf(model, from.getRequestType());
    if (method.kind() != MethodKind.WATCH) {
      throw Failure.of(Code.UNIMPLEMENTED, "not the request of a watch method");
    }
    Message message = ForwardedCalls.parse(method.type().request(), from.getRequest());
    Caller caller = new Caller(from.getProject(), from.getPrincipal());
    Request request = new Request(message, caller, null, Long.MAX_VALUE);
    int slot = Slots.slotOf(method.keyOf(message));
    try (WatchStream stream = watches.open(method, request, partition, slot, from.getAfter())) {
      return PeerReply.newBuilder().setEvents(next(stream, from.getWaitMs())).build();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.retryable(Code.UNAVAILABLE, "this node is closing", 500);
    }
  }

  private static ForwardedEvents next(WatchStream stream, long waitMs) throws InterruptedException {
    ForwardedEvents.Builder events = ForwardedEvents.newBuilder();
    int bytes = 0;
    WatchStream.Item item = waitMs > 0 ? stream.next(Duration.ofMillis(waitMs)) : null;
    while (item != null) {
      events.addEvents(
          ForwardedEvent.newBuilder()
              .setLineage(item.position().lineage())
              .setOffset(item.position().offset())
              .setItem(item.message().toByteString()));
      bytes += item.message().getSerializedSize();
      boolean room = events.getEventsCount() < MAX_EVENTS && bytes < MAX_EVENT_BYTES;
      item = room ? stream.next(Duration.ZERO) : null;
    }
    Position position = stream.position();
    return events.setLineage(position.lineage()).setOffset(position.offset()).build();
  }

  private @Nullable Partition partitionOf(String service, int index) {
    List<Partition> all = partitions.get(service);
    return all == null || index < 0 || index >= all.size() ? null : all.get(index);
  }

  /** As other nodes see all of them. */
  List<PartitionPlace> places() {
    return engine.partitions().stream().map(Partition::place).toList();
  }
}
