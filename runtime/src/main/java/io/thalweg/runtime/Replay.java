package io.thalweg.runtime;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Applies events to the tables of a partition: those of the service through its handlers, those of
 * the runtime here. The same code runs when a command emits and when the log is replayed.
 */
final class Replay {
  private final ServiceModel model;
  private final ServiceInstance instance;
  private final PartitionState state;
  private final SystemTables tables;
  private final At at = new At();

  Replay(ServiceModel model, ServiceInstance instance, PartitionState state, SystemTables tables) {
    this.model = model;
    this.instance = instance;
    this.state = state;
    this.tables = tables;
  }

  /** The type number under which an event of the runtime stands in the log. */
  static int systemType(Message event) {
    return BatchFormat.FIRST_SYSTEM_TYPE
        + event.getDescriptorForType().getOptions().getExtension(ContractProto.event).getNumber();
  }

  /**
   * Applies every event of a batch.
   *
   * @throws UnappliableEventException if this build does not know an event's type or its handler
   *     throws; nothing after it was applied
   */
  void apply(Batch batch) {
    long logTimeUs = batch.logTimeUs();
    for (EventView event : batch) {
      Message message = parse(event);
      state.enter(event.project(), event.slot());
      try {
        apply(message, event.offset(), logTimeUs, event.project(), event.slot());
      } catch (StoreException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new UnappliableEventException(
            "the event at offset %d (%s) cannot be applied: %s"
                .formatted(
                    event.offset(),
                    message.getDescriptorForType().getFullName(),
                    e.getClass().getName()),
            e);
      }
    }
  }

  /** Applies one event. The state has entered its project and slot. */
  void apply(Message event, long offset, long logTimeUs, int project, int slot) {
    at.offset = offset;
    at.logTimeUs = logTimeUs;
    at.project = project;
    state.beginEvent();
    try {
      if (!tables.apply(event, at, slot)) {
        instance.handlerOf(event.getClass()).apply(event, at);
      }
    } finally {
      state.endEvent();
    }
  }

  /**
   * Refuses a partition that some of its rows were not brought to yet.
   *
   * @throws MissingHistoryException if so
   */
  void requireWhole() {
    tables.moved().requireWhole();
  }

  private Message parse(EventView event) {
    Message prototype = prototypeOf(model, event.type());
    if (prototype == null) {
      throw new UnappliableEventException(
          "event type %s at offset %d is not known to this build of service %s"
              .formatted(typeName(event.type()), event.offset(), model.name()));
    }
    Message message = parse(model, event, prototype);
    if (message instanceof ContractDeclared declared) {
      DeclaredContracts.check(model, declared.getWrites());
    }
    return message;
  }

  /**
   * Reads an event; one of an earlier release as the one that took its place.
   *
   * @throws UnappliableEventException if it cannot be read so
   */
  static Message parse(ServiceModel model, EventView event, Message prototype) {
    Message message = parse(event, prototype);
    try {
      return model.current(message);
    } catch (RuntimeException e) {
      throw new UnappliableEventException(
          "the event at offset %d (%s) cannot be upcast: %s"
              .formatted(
                  event.offset(),
                  prototype.getDescriptorForType().getFullName(),
                  e.getClass().getName()),
          e);
    }
  }

  private static Message parse(EventView event, Message prototype) {
    try {
      return prototype.getParserForType().parseFrom(CodedInputStream.newInstance(event.payload()));
    } catch (IOException e) {
      throw new UnappliableEventException(
          "the event at offset %d is no %s"
              .formatted(event.offset(), prototype.getDescriptorForType().getFullName()),
          new UncheckedIOException(e));
    }
  }

  /** A default instance of an event type, or null if it is not known. */
  static @Nullable Message prototypeOf(ServiceModel model, int type) {
    if (type < 0) {
      return SystemTables.prototypeOf(type - BatchFormat.FIRST_SYSTEM_TYPE);
    }
    ServiceModel.Event event = model.eventOf(type);
    return event == null ? null : event.prototype();
  }

  private static String typeName(int type) {
    return type < 0 ? "runtime/" + (type - BatchFormat.FIRST_SYSTEM_TYPE) : Integer.toString(type);
  }

  private static final class At implements EventContext {
    private long offset;
    private long logTimeUs;
    private int project;

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public long logTimeUs() {
      return logTimeUs;
    }

    @Override
    public int project() {
      return project;
    }
  }
}
