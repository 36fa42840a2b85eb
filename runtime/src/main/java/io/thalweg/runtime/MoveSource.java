package io.thalweg.runtime;

import io.thalweg.log.Lineage;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import io.thalweg.state.StoreCorruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The data of a node that does not run, at the end of its log: tables that are behind are brought
 * there, or made again. Nothing is written to the log. Used by one thread.
 */
final class MoveSource implements AutoCloseable {
  private final DataDirectory directory;
  private final SegmentLog log;
  private final Store store;
  private final SubjectKeys keys;
  private final Map<PartitionId, Part> parts = new HashMap<>();
  private final List<Service> services = new ArrayList<>();

  /** A service, and the partitions that it has. */
  record Service(ServiceModel model, List<Part> parts) {
    String name() {
      return model.name();
    }

    /** Every offset that stands in a row is below it. */
    long endOffset() {
      return parts.stream().mapToLong(Part::endOffset).max().orElse(0);
    }
  }

  /** A partition. */
  record Part(
      PartitionId id, long endOffset, PartitionState state, SystemTables tables, StateView view) {}

  /**
   * @param directory held by the caller
   * @param types every service that the directory has data of
   */
  MoveSource(DataDirectory directory, List<ServiceType> types, DataMove.Progress progress) {
    this.directory = directory;
    log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS);
    Store opened = null;
    try {
      List<ServiceModel> models = modelsOf(types);
      opened = openStore();
      store = opened;
      for (ServiceModel model : models) {
        services.add(open(model, progress));
      }
      keys = directory.openKeys();
    } catch (RuntimeException | Error e) {
      parts.values().forEach(MoveSource::close);
      if (opened != null) {
        opened.close();
      }
      log.close();
      throw e;
    }
  }

  private List<ServiceModel> modelsOf(List<ServiceType> types) {
    Map<String, ServiceModel> known = new HashMap<>();
    types.forEach(type -> {
      ServiceModel model = new ServiceModel(type);
      known.put(model.name(), model);
    });
    List<ServiceModel> models = new ArrayList<>();
    for (String service : directory.partitionsOfAll().keySet().stream().sorted().toList()) {
      ServiceModel model = known.get(service);
      if (model == null) {
        throw new DataDirectoryException(
            "%s has data of the service '%s', which this build does not know; use a build that has it"
                .formatted(directory.path(), service));
      }
      models.add(model);
    }
    return models;
  }

  private Store openStore() {
    Path state = directory.state();
    try {
      return RocksStore.open(state, StateOptions.defaults());
    } catch (StoreCorruptException e) {
      DirectoryStorage.deleteTree(state);
      return RocksStore.open(state, StateOptions.defaults());
    }
  }

  private Service open(ServiceModel model, DataMove.Progress progress) {
    int count = directory.partitionsOf(model.name());
    List<Part> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Part part = open(model, new PartitionId(model.name(), i), count, progress);
      parts.put(part.id(), part);
      all.add(part);
    }
    return new Service(model, all);
  }

  private Part open(ServiceModel model, PartitionId id, int count, DataMove.Progress progress) {
    PartitionState state = PartitionState.open(store, TableReplay.scope(model, id.index(), count));
    try {
      TableReplay tables = new TableReplay(model, state);
      long end = log.durableOffset(id);
      tables.run(
          StartingPoint.of(log, id, state, directory.checkpoints()),
          end,
          at -> {
            progress.at(at, end, "bringing the tables of " + id + " to the end of the log");
            return true;
          });
      return new Part(id, end, state, tables.tables(), state.freeze());
    } catch (MissingHistoryException | UnappliableEventException | IllegalStateException e) {
      state.abandon();
      throw new DataDirectoryException("%s: %s".formatted(id, e.getMessage()), e);
    } catch (LogCorruptException e) {
      state.abandon();
      throw e;
    }
  }

  List<Service> services() {
    return services;
  }

  UUID logId() {
    return log.logId();
  }

  SubjectKeys keys() {
    return keys;
  }

  /** The latest log time of all partitions. */
  long lastLogTimeUs() {
    return parts.keySet().stream().mapToLong(log::lastLogTimeUs).max().orElse(0);
  }

  /** The newest history that a service has here. */
  int newestLineage(Service service) {
    return service.parts().stream()
        .filter(part -> log.partitions().contains(part.id()))
        .flatMap(part -> log.lineages(part.id()).stream())
        .mapToInt(Lineage::ordinal)
        .max()
        .orElse(1);
  }

  /** Whether a part of the log was removed, so that nobody can read its whole history. */
  boolean isShortened() {
    return parts.keySet().stream().anyMatch(id -> log.startOffset(id) > 0);
  }

  /** Reads what is carried of the slots from one up to another. */
  void read(Part part, int fromSlot, int endSlot, Movable.Sink sink) {
    Movable.read(
        part.state(),
        part.tables(),
        part.view(),
        target -> received(part, target),
        fromSlot,
        endSlot,
        sink);
  }

  private long received(Part sender, Target target) {
    Part receiver = parts.get(new PartitionId(target.service(), target.partition()));
    if (receiver == null) {
      throw new DataDirectoryException(
          "%s has messages for %s, which is not there".formatted(sender.id(), target));
    }
    return receiver.tables().inbox().markOf(new Target(sender.id().service(), sender.id().index()));
  }

  private static void close(Part part) {
    part.view().close();
    part.state().close();
  }

  @Override
  public void close() {
    try (log;
        store;
        keys) {
      parts.values().forEach(MoveSource::close);
    }
  }
}
