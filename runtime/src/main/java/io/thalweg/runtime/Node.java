package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupRun;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.runtime.ServiceModel.Method;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running node: the partitions of its services over one log and one store. Thread-safe.
 *
 * <p>Open one with {@link Thalweg}.
 */
public final class Node implements AutoCloseable {
  private final EmbeddedEngine engine;
  private final List<ServiceType> services;
  private final List<MethodType> methodTypes = new ArrayList<>();
  private final Map<ServiceModel, List<Partition>> partitions = new HashMap<>();
  private final RequestDesk desk;
  private final Map<String, DeadLetterOffice> deadLetters = new HashMap<>();
  private final Watches watches;
  private final PeerNotes notes;
  private final PeerDesk peerDesk;
  private final Checkpointer checkpointer;
  private final LiveRebuild rebuild;
  private final @Nullable LogReaders readers;
  private final @Nullable ReaderStatuses readerStatuses;
  private volatile @Nullable Retention retention;
  private volatile @Nullable CheckpointSharing sharing;

  private Node(EmbeddedEngine engine, List<ServiceType> services, List<ServiceModel> models) {
    this.engine = engine;
    this.services = services;
    Map<Class<?>, Method> methods = new HashMap<>();
    for (ServiceModel model : models) {
      for (Method method : model.methods()) {
        methods.put(method.type().request().getClass(), method);
        methodTypes.add(method.type());
      }
      partitions.put(model, engine.partitionsOf(model));
      deadLetters.put(
          model.name(), new DeadLetterOffice(engine.host(), model, engine.partitionsOf(model)));
    }
    desk = new RequestDesk(engine, methods, partitions, new SharedReads(engine.meters()));
    watches = new Watches(engine, engine.options().maxWatchers());
    notes = engine.replies().notices().notes();
    peerDesk = new PeerDesk(engine, watches, notes, partitions);
    checkpointer = new Checkpointer(engine, models);
    rebuild = new LiveRebuild(engine, checkpointer);
    readers = engine.storage().openLogReaders();
    readerStatuses =
        readers == null ? null : new ReaderStatuses(readers, engine.host(), engine::log);
    if (readerStatuses != null) {
      readerStatuses.register(engine.meters());
    }
  }

  /**
   * Begins to remove what is old of the log, and to share checkpoints. Once, when the node is made.
   *
   * @throws IllegalStateException if the storage is not one for that
   */
  void keepLog(@Nullable LogRetention rule, @Nullable Duration shareEvery) {
    if (engine.storage().sharesLog() || shareEvery != null) {
      sharing = CheckpointSharing.start(engine, checkpointer, partitions, shareEvery, rule);
    } else if (rule != null) {
      retention = Retention.start(engine, checkpointer, readers, rule);
    }
  }

  static Node start(
      NodeStorage storage,
      List<ServiceType> services,
      NodeOptions options,
      MeterRegistry meters,
      @Nullable EffectSetup effects,
      Tracing tracing,
      @Nullable SharedBlobs blobs,
      @Nullable Peers peers) {
    if (services.isEmpty()) {
      throw new IllegalArgumentException("a node needs at least one service");
    }
    List<ServiceModel> models = new ArrayList<>();
    services.forEach(type -> models.add(new ServiceModel(type)));
    ServiceModels.checkDistinct(models);
    EmbeddedEngine engine =
        EmbeddedEngine.start(storage, models, options, meters, effects, tracing, blobs, peers);
    return new Node(engine, services, models);
  }

  /** The methods of all services. */
  public List<MethodType> methods() {
    return List.copyOf(methodTypes);
  }

  /** The services. */
  public List<ServiceType> services() {
    return services;
  }

  /**
   * Submits a command, query, scan or signal. The handler is called exactly once.
   *
   * <p>Failures beside those of the method: INVALID_ARGUMENT (a field out of its bounds),
   * UNIMPLEMENTED (a message that is no request of a service here, or an internal one),
   * RESOURCE_EXHAUSTED (the queue is full, or the memory budget is used up; says when to try
   * again), UNAVAILABLE (the partition is loading or closed; or the outcome is unknown because the
   * log failed), DEADLINE_EXCEEDED (it waited too long in the queue; it was not executed), INTERNAL
   * (its handler threw).
   */
  public void submit(Request request, ReplyHandler replyHandler) {
    desk.submit(request, new Answer(replyHandler));
  }

  /** As {@link #submit(Request, ReplyHandler)}, as a future that fails with a {@link Failure}. */
  public <R extends Message> CompletableFuture<R> submit(Message request, Class<R> reply) {
    return submit(Request.of(request), reply);
  }

  /** As {@link #submit(Request, ReplyHandler)}, as a future that fails with a {@link Failure}. */
  public <R extends Message> CompletableFuture<R> submit(Request request, Class<R> reply) {
    CompletableFuture<R> future = new CompletableFuture<>();
    submit(
        request,
        new ReplyHandler() {
          @Override
          public void reply(Message message, Position position) {
            if (reply.isInstance(message)) {
              future.complete(reply.cast(message));
            } else {
              future.completeExceptionally(
                  new ClassCastException(
                      "the reply is a " + message.getDescriptorForType().getFullName()));
            }
          }

          @Override
          public void failure(Failure failure) {
            future.completeExceptionally(failure);
          }
        });
    return future;
  }

  /** As {@link #call(Request, Class)}, anonymously. */
  public <R extends Message> R call(Message request, Class<R> reply) {
    return call(Request.of(request), reply);
  }

  /**
   * Submits a request and waits for its reply.
   *
   * @throws Failure as {@link #submit(Request, ReplyHandler)}
   */
  public <R extends Message> R call(Request request, Class<R> reply) {
    checkNotReplyThread("call");
    try {
      return submit(request, reply).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw e;
    }
  }

  /**
   * Watches the events of a key. Where another node leads its partition this waits for that one.
   *
   * @param request the request of a watch method
   * @param after the place after which to begin: a {@link Position} token, "0" for everything that
   *     the log holds, or null or empty for what happens from now on
   * @throws Failure OUT_OF_RANGE with the word "resync" if the position is not of this history;
   *     RESOURCE_EXHAUSTED if there are too many watchers
   */
  public WatchStream watch(Request request, @Nullable String after) {
    Method method = desk.watchOf(request.message());
    int slot = Slots.slotOf(method.keyOf(request.message()));
    Partition partition = desk.partitionOf(method, slot);
    return watches.openAnywhere(method, request, partition, slot, after == null ? "" : after);
  }

  /**
   * Serves another node of the cluster, which has taken a request of a client and found who it is:
   * only nodes may come here. A watch waits on the calling thread; all else is handed on.
   *
   * @param reply is told once, on any thread; it must not block
   */
  public void servePeer(PeerRequest request, Consumer<PeerReply> reply) {
    peerDesk.serve(request, reply);
  }

  /** What parts of this node tell the same parts of the others; a node alone has no others. */
  public Neighbours neighbours() {
    return notes;
  }

  /** What this node does with the partitions, for other nodes. */
  public List<PartitionPlace> places() {
    return peerDesk.places();
  }

  /** The cluster as this node sees it; null if it is the only one. */
  public @Nullable ClusterView cluster() {
    Forwarding forwarding = engine.forwarding();
    return forwarding == null ? null : forwarding.peers().view();
  }

  /**
   * Lists the messages and timers that a service has refused for good. Asks the partitions one
   * after the other, and waits for them.
   *
   * @param service name of the service in the log
   * @param pageSize the most to list, 1 to 1,000; a page may have fewer
   * @param pageToken from the last page; empty for the first
   * @throws Failure NOT_FOUND if there is no such service; INVALID_ARGUMENT; or as {@link
   *     #submit(Request, ReplyHandler)}
   */
  public DeadLetters deadLetters(String service, int pageSize, String pageToken) {
    checkNotReplyThread("deadLetters");
    return officeOf(service).list(pageSize, pageToken);
  }

  /**
   * Has a dead letter executed again. If it is refused again it is kept; else it is gone, in the
   * same batch as what its handler emits.
   *
   * @throws Failure NOT_FOUND if there is no such service or letter; or what its handler refuses it
   *     with
   */
  public void retryDeadLetter(String service, String id) {
    checkNotReplyThread("retryDeadLetter");
    officeOf(service).decide(id, DeadLetterResolved.How.RETRIED);
  }

  /**
   * Drops a dead letter: it is never executed. The log keeps it.
   *
   * @throws Failure NOT_FOUND if there is no such service or letter
   */
  public void dropDeadLetter(String service, String id) {
    checkNotReplyThread("dropDeadLetter");
    officeOf(service).decide(id, DeadLetterResolved.How.DROPPED);
  }

  private DeadLetterOffice officeOf(String service) {
    DeadLetterOffice office = deadLetters.get(service);
    if (office == null) {
      throw Failure.notFound("service", service);
    }
    return office;
  }

  // It would wait for itself.
  private void checkNotReplyThread(String what) {
    if (engine.replies().isCurrentThread()) {
      throw new IllegalStateException(what + " waits, which a reply handler must not");
    }
  }

  /**
   * How long a request that comes now will have waited for its turn where most wait, in
   * milliseconds: 0 to {@value Admission#MAX_DELAY_MS}, where requests are refused. For whoever
   * would rather not take a request than have it refused here.
   */
  public double queuedMs() {
    double longest = Admission.MAX_DELAY_MS * engine.scans().fullness();
    for (Partition partition : engine.partitions()) {
      longest = Math.max(longest, partition.queuedMs());
    }
    return Math.min(longest, Admission.MAX_DELAY_MS);
  }

  /** How it is: whether it is ready, its partitions, its log. */
  public NodeStatus status() {
    List<NodeStatus.ReaderStatus> held = readerStatuses == null ? List.of() : readerStatuses.list();
    return NodeStatus.of(engine, cluster(), held);
  }

  /**
   * Waits until every partition takes requests.
   *
   * @throws IllegalStateException if one has stopped and needs an operator
   */
  public void awaitReady() {
    engine.awaitReady();
  }

  /** The offset after the last durable event of a partition. */
  public long durableOffset(PartitionId id) {
    Log log = engine.log();
    return log == null ? 0 : log.durableOffset(id);
  }

  /** What a backup of this node reads. It may be used while the node runs, by one thread. */
  public BackupSource backupSource() {
    return new NodeBackupSource(engine, checkpointer, readers);
  }

  /**
   * Backs this node up into a directory that holds earlier backups of it, or none: copies what is
   * new, and returns when the backup is durable. The node serves meanwhile. From then on the
   * directory is a registered reader of the log: what it has not copied yet is kept for its next
   * backup, until it is {@link LogReaders#unregister}ed.
   *
   * @throws io.thalweg.log.backup.BackupException if the directory is something else, or another
   *     backup is writing to it; says what to do
   * @throws IOException if a file cannot be read or written; call it again
   */
  public BackupManifest backup(Path directory) throws IOException {
    try (BackupRun run = BackupRun.open(directory, backupSource(), DataRestore::checkBase)) {
      return run.run((at, of) -> {});
    }
  }

  /**
   * Takes a checkpoint of all partitions while the node runs, on the calling thread, which it keeps
   * until the checkpoint is written and verified. Commands go on; one block of rows is in memory.
   *
   * @throws io.thalweg.runtime.checkpoint.CheckpointException if it cannot be taken, is damaged, or
   *     is not what a replay gives: it says why, and nothing is left of it; also if another one is
   *     being taken, or the node closes. One that cannot be published (blob store) stays
   */
  public Checkpoint checkpoint(CheckpointOptions how) {
    return checkpoint(how, (done, of, what) -> {});
  }

  /**
   * As {@link #checkpoint(CheckpointOptions)}.
   *
   * @param progress told before each partition is written, or replayed
   */
  public Checkpoint checkpoint(CheckpointOptions how, TableRebuild.Progress progress) {
    checkNotReplyThread("checkpoint");
    return checkpointer.publish(checkpointer.take(how, progress), how);
  }

  /**
   * Makes the tables of a service again from the log, with this build, beside those that serve, and
   * compares them at one offset of each partition. On the calling thread; the node serves
   * meanwhile. Nothing is changed: {@link TableRebuild#switchTables} is for a stopped node, and
   * goes on from what was made here. Ended in the middle it is continued by the next.
   *
   * @param service name of the service in the log
   * @param keep so many differences of a partition are described, at least 1
   * @throws Failure NOT_FOUND if there is no such service
   * @throws io.thalweg.runtime.checkpoint.CheckpointException if another one is under way, the node
   *     closes or its log fails
   * @throws DataDirectoryException if there is not enough room
   */
  public List<TableRebuild.Result> rebuild(
      String service, int keep, TableRebuild.Progress progress) {
    checkNotReplyThread("rebuild");
    return rebuild.run(modelOf(service), keep, progress);
  }

  /** Deletes what {@link #rebuild} has made. */
  public void discardRebuild(String service) {
    checkNotReplyThread("discardRebuild");
    rebuild.discard(modelOf(service));
  }

  private ServiceModel modelOf(String service) {
    return partitions.keySet().stream()
        .filter(model -> model.name().equals(service))
        .findFirst()
        .orElseThrow(() -> Failure.notFound("service", service));
  }

  /**
   * Readers of the log that come back, for which it keeps what they have not read.
   *
   * @throws IllegalStateException if this node's storage remembers none
   */
  public LogReaders logReaders() {
    LogReaders all = readers;
    if (all == null) {
      throw new IllegalStateException("this node's storage remembers no readers");
    }
    return all;
  }

  /** The checkpoints that there are, the newest first. */
  public List<Checkpoint> checkpoints() {
    Checkpoints all = engine.storage().checkpoints();
    return all == null ? List.of() : all.list();
  }

  /** The offset of the first event that the log still holds; 0 unless segments were removed. */
  public long startOffset(PartitionId id) {
    Log log = engine.log();
    return log == null ? 0 : log.startOffset(id);
  }

  /**
   * Reads a partition's log from the first event that it holds; to be closed. While it is open the
   * log keeps what it has not read.
   *
   * @throws LogException if the log is not open just now
   */
  public LogReader readLog(PartitionId id) {
    Log log = openLog();
    return log.read(id, log.startOffset(id));
  }

  /**
   * As {@link #readLog(PartitionId)}, from an offset on.
   *
   * @throws io.thalweg.log.OffsetOutOfRangeException if the log does not hold it
   */
  public LogReader readLog(PartitionId id, long fromOffset) {
    return openLog().read(id, fromOffset);
  }

  /**
   * The first offset of a batch with this log time (microseconds since 1970) or a later one; the
   * durable end if there is none.
   *
   * @throws LogException if the log is not open just now
   */
  public long offsetAt(PartitionId id, long logTimeUs) {
    return openLog().offsetAt(id, logTimeUs);
  }

  private Log openLog() {
    Log log = engine.log();
    if (log == null) {
      throw new LogException("the log is being opened again; try again");
    }
    return log;
  }

  /** What shares checkpoints, or null if nothing does. */
  @Nullable CheckpointSharing sharing() {
    return sharing;
  }

  /** What removes old segments, or null if nothing does. */
  @Nullable Retention retention() {
    return retention;
  }

  /** Tells whoever finds the data directory locked what this process is. */
  public void describe(String what) {
    engine.storage().describeHolder(what);
  }

  /** Follows its requests. */
  public Tracing tracing() {
    return engine.tracing();
  }

  /** Where its metrics are registered. */
  public MeterRegistry meters() {
    return engine.meters();
  }

  /** Refuses new requests, answers those that it has, makes everything durable and closes. */
  @Override
  public void close() {
    checkNotReplyThread("close");
    Retention running = retention;
    CheckpointSharing shared = sharing;
    if (shared != null) {
      shared.beginClose();
    }
    rebuild.close();
    checkpointer.close();
    if (running != null) {
      running.close();
    }
    if (shared != null) {
      shared.close();
    }
    watches.close();
    engine.close();
  }
}
