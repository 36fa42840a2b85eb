package io.thalweg.gateway;

import com.google.rpc.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.runtime.CheckpointOptions;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.DeadLetters;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Neighbours;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.TableRebuild;
import io.thalweg.runtime.Tracing;
import io.thalweg.runtime.WatchStream;
import io.thalweg.runtime.checkpoint.Checkpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the gateway needs of a node; see the methods of the same names of {@link Node}. */
interface Backend {
  /** Those that clients may call. */
  List<MethodType> methods();

  void submit(Request request, ReplyHandler handler);

  WatchStream watch(Request request, @Nullable String after);

  NodeStatus status();

  MeterRegistry meters();

  /** See {@link Node#tracing}. */
  default Tracing tracing() {
    return Tracing.OFF;
  }

  /** See {@link Node#cluster}. */
  default @Nullable ClusterView cluster() {
    return null;
  }

  /** See {@link Node#neighbours}. */
  default Neighbours neighbours() {
    return Neighbours.NONE;
  }

  /** See {@link Node#queuedMs}. */
  default double queuedMs() {
    return 0;
  }

  /** See {@link Node#services}. */
  default List<ServiceType> services() {
    return List.of();
  }

  /** See {@link Node#startOffset}. */
  default long startOffset(PartitionId id) {
    return 0;
  }

  /** See {@link Node#durableOffset}. */
  default long durableOffset(PartitionId id) {
    return 0;
  }

  /** See {@link Node#offsetAt}. */
  default long offsetAt(PartitionId id, long logTimeUs) {
    return 0;
  }

  /** See {@link Node#readLog(PartitionId, long)}. */
  default LogReader readLog(PartitionId id, long fromOffset) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node's log cannot be read");
  }

  /** See {@link Node#backupSource}. */
  default BackupSource backupSource() {
    throw Failure.of(Code.UNIMPLEMENTED, "this node cannot be backed up");
  }

  /** See {@link Node#deadLetters}. */
  default DeadLetters deadLetters(String service, int pageSize, String pageToken) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node has no dead letters");
  }

  /** See {@link Node#retryDeadLetter}. */
  default void retryDeadLetter(String service, String id) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node has no dead letters");
  }

  /** See {@link Node#dropDeadLetter}. */
  default void dropDeadLetter(String service, String id) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node has no dead letters");
  }

  /** See {@link Node#checkpoint(CheckpointOptions, TableRebuild.Progress)}. */
  default Checkpoint checkpoint(CheckpointOptions how, TableRebuild.Progress progress) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node takes no checkpoints");
  }

  /** See {@link Node#rebuild}. */
  default List<TableRebuild.Result> rebuild(
      String service, int keep, TableRebuild.Progress progress) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node cannot make tables again");
  }

  /** See {@link Node#discardRebuild}. */
  default void discardRebuild(String service) {
    throw Failure.of(Code.UNIMPLEMENTED, "this node cannot make tables again");
  }

  static Backend of(Node node) {
    return new Backend() {
      @Override
      public List<MethodType> methods() {
        return node.methods().stream().filter(method -> !method.internal()).toList();
      }

      @Override
      public void submit(Request request, ReplyHandler handler) {
        node.submit(request, handler);
      }

      @Override
      public WatchStream watch(Request request, @Nullable String after) {
        return node.watch(request, after);
      }

      @Override
      public NodeStatus status() {
        return node.status();
      }

      @Override
      public MeterRegistry meters() {
        return node.meters();
      }

      @Override
      public Tracing tracing() {
        return node.tracing();
      }

      @Override
      public @Nullable ClusterView cluster() {
        return node.cluster();
      }

      @Override
      public Neighbours neighbours() {
        return node.neighbours();
      }

      @Override
      public double queuedMs() {
        return node.queuedMs();
      }

      @Override
      public List<ServiceType> services() {
        return node.services();
      }

      @Override
      public long startOffset(PartitionId id) {
        return node.startOffset(id);
      }

      @Override
      public long durableOffset(PartitionId id) {
        return node.durableOffset(id);
      }

      @Override
      public long offsetAt(PartitionId id, long logTimeUs) {
        return node.offsetAt(id, logTimeUs);
      }

      @Override
      public LogReader readLog(PartitionId id, long fromOffset) {
        return node.readLog(id, fromOffset);
      }

      @Override
      public BackupSource backupSource() {
        return node.backupSource();
      }

      @Override
      public Checkpoint checkpoint(CheckpointOptions how, TableRebuild.Progress progress) {
        return node.checkpoint(how, progress);
      }

      @Override
      public List<TableRebuild.Result> rebuild(
          String service, int keep, TableRebuild.Progress progress) {
        return node.rebuild(service, keep, progress);
      }

      @Override
      public void discardRebuild(String service) {
        node.discardRebuild(service);
      }

      @Override
      public DeadLetters deadLetters(String service, int pageSize, String pageToken) {
        return node.deadLetters(service, pageSize, pageToken);
      }

      @Override
      public void retryDeadLetter(String service, String id) {
        node.retryDeadLetter(service, id);
      }

      @Override
      public void dropDeadLetter(String service, String id) {
        node.dropDeadLetter(service, id);
      }
    };
  }
}
