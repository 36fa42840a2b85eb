package io.thalweg.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.blob.BlobStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens a node in this process.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Leaderboard.TYPE)) {
 *   SubmitScoreResponse response = node.call(
 *       SubmitScoreRequest.newBuilder().setBoard("goals").setMember("ana").setScore(3).build(),
 *       SubmitScoreResponse.class);
 * }
 * }</pre>
 */
public final class Thalweg {
  private final Supplier<NodeStorage> storage;
  private final List<ServiceType> services = new ArrayList<>();
  private NodeOptions options = NodeOptions.defaults();
  private @Nullable LogRetention retention;
  private MeterRegistry meters = new SimpleMeterRegistry();
  private @Nullable EffectSetup effects;
  private @Nullable SharedBlobs blobs;
  private @Nullable Duration shareEvery;
  private Tracing tracing = Tracing.OFF;
  private @Nullable Peers peers;

  private Thalweg(Supplier<NodeStorage> storage) {
    this.storage = storage;
  }

  /**
   * Opens the embedded engine on a data directory with the default options and waits until it is
   * ready. As {@link #open()}.
   */
  public static Node open(Path data, ServiceType... services) {
    Thalweg thalweg = at(data);
    for (ServiceType service : services) {
      thalweg.service(service);
    }
    return thalweg.open();
  }

  /** Begins to describe a node on a data directory, which is made if it is not there. */
  public static Thalweg at(Path data) {
    return new Thalweg(() -> DirectoryStorage.lock(data));
  }

  /**
   * Begins to describe a node on a storage of another kind, such as a simulated one; the node
   * closes it.
   */
  public static Thalweg on(NodeStorage storage) {
    return new Thalweg(() -> storage);
  }

  /** Adds a service. */
  public Thalweg service(ServiceType type) {
    services.add(type);
    return this;
  }

  /** Sizes and bounds. */
  public Thalweg options(NodeOptions options) {
    this.options = options;
    return this;
  }

  /** Lets the node remove old segments of its log; without this nothing is ever removed. */
  public Thalweg keepLog(LogRetention rule) {
    retention = rule;
    return this;
  }

  /**
   * A blob store to which checkpoints are published, and from which a partition without rows
   * starts. With it no part of the log is removed before the checkpoint behind it was read back
   * from there. The node does not close it: close it after the node.
   */
  public Thalweg blobs(BlobStore store) {
    blobs = new SharedBlobs(store, null);
    return this;
  }

  /**
   * As {@link #blobs(BlobStore)}.
   *
   * @param scope the same for all nodes of one log, another one for other logs: the name of a
   *     cluster; see {@link io.thalweg.runtime.checkpoint.BlobCheckpoints}
   */
  public Thalweg blobs(BlobStore store, String scope) {
    blobs = new SharedBlobs(store, scope);
    return this;
  }

  /**
   * Has the node put a checkpoint of each partition that it leads into the blob store now and then,
   * for a log that several nodes share. With {@link #keepLog} records that both of a partition's
   * two checkpoints there cover, and that are older than {@link LogRetention#keepAge}, are removed
   * from the log: a node that needs them begins from a checkpoint.
   *
   * @param every how often; a second to a day
   */
  public Thalweg shareCheckpoints(Duration every) {
    if (every.toSeconds() < 1 || every.toDays() > 1) {
      throw new IllegalArgumentException("every must be from 1 second to 1 day; got " + every);
    }
    shareEvery = every;
    return this;
  }

  /** Where metrics are registered; a registry of its own if not called. */
  public Thalweg meters(MeterRegistry registry) {
    meters = registry;
    return this;
  }

  /**
   * What makes the calls that services ask for ({@link CommandContext#effect}), with {@link
   * EffectRetryPolicy#DEFAULT} and a day for each effect. The node does not close it: close it
   * after the node. What is in flight when the node closes is called again when it opens.
   */
  public Thalweg effects(EffectPerformer performer) {
    return effects(performer, EffectRetryPolicy.DEFAULT, EffectSetup.DEFAULT_EXPIRY);
  }

  /**
   * As {@link #effects(EffectPerformer)}.
   *
   * @param expires log time from the command on after which an effect is not tried again; 1 s to 30
   *     days
   */
  public Thalweg effects(EffectPerformer performer, EffectRetryPolicy retries, Duration expires) {
    effects = new EffectSetup(performer, retries, expires);
    return this;
  }

  /** Follows requests; nothing is followed if not called. The node does not close it. */
  public Thalweg tracing(Tracing tracing) {
    this.tracing = tracing;
    return this;
  }

  /**
   * The other nodes of the cluster: what they lead is sent to them. The node does not close it:
   * close it after the node.
   */
  public Thalweg peers(Peers peers) {
    this.peers = peers;
    return this;
  }

  /**
   * Opens the log, starts the partitions and returns at once; they may still be opening: see {@link
   * Node#status} and {@link Node#awaitReady}.
   *
   * @throws DataDirectoryException if another process holds the directory (names it), if a newer
   *     version has written it, or if the log's time is too far ahead of this machine's clock
   * @throws io.thalweg.log.LogCorruptException if the log is damaged; names file and place
   */
  public Node start() {
    Node node =
        Node.start(
            storage.get(), List.copyOf(services), options, meters, effects, tracing, blobs, peers);
    LogRetention rule = retention;
    Duration every = shareEvery;
    if (rule != null || every != null) {
      try {
        node.keepLog(rule, every);
      } catch (RuntimeException | Error e) {
        node.close();
        throw e;
      }
    }
    return node;
  }

  /**
   * As {@link #start}, and waits until every partition takes requests.
   *
   * @throws IllegalStateException if a partition has stopped: it says why
   */
  public Node open() {
    Node node = start();
    try {
      node.awaitReady();
      return node;
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }
}
