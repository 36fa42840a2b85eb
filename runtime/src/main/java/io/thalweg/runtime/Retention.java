package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.TrimRequest;
import io.thalweg.log.Trimmed;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.Checkpoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old segments of a node's log, on a thread of its own.
 *
 * <p>A whole sealed segment goes, the oldest first, only if
 *
 * <ol>
 *   <li>age and size let it go: {@link LogRetention};
 *   <li>a verified checkpoint stands behind it in every partition that the log holds: one that the
 *       log continues, whose proof is the wanted one, and whose files were read back once more just
 *       before. If there is none one is taken;
 *   <li>if the node shares a blob store, that checkpoint, or a later one, is in it and was read
 *       back from there just before;
 *   <li>every open reader (watchers, replays, verifiers) and every registered one ({@link
 *       LogReaders}) is past it.
 * </ol>
 *
 * <p>After that the newest {@value #KEEP_CHECKPOINTS} checkpoints are kept.
 */
final class Retention implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
  static final int KEEP_CHECKPOINTS = 2;

  private final EmbeddedEngine engine;
  private final Checkpointer checkpointer;
  private final LogReaders readers;
  private final LogRetention rule;
  private final Host host;
  private final Waiters waiters;
  private final Thread thread;
  private volatile boolean closing;

  private Retention(
      EmbeddedEngine engine, Checkpointer checkpointer, LogReaders readers, LogRetention rule) {
    this.engine = engine;
    this.checkpointer = checkpointer;
    this.readers = readers;
    this.rule = rule;
    this.host = engine.host();
    this.waiters = new Waiters(host);
    this.thread = host.thread("thalweg-retention", this::run);
  }

  /**
   * @throws IllegalStateException if the storage keeps no checkpoints or readers
   */
  static Retention start(
      EmbeddedEngine engine,
      Checkpointer checkpointer,
      @Nullable LogReaders readers,
      LogRetention rule) {
    if (readers == null || engine.storage().checkpoints() == null) {
      throw new IllegalStateException(
          "this storage keeps no checkpoints, so nothing may be removed");
    }
    Retention started = new Retention(engine, checkpointer, readers, rule);
    started.host.start(started.thread);
    return started;
  }

  private void run() {
    String told = "";
    while (!waiters.await(() -> closing, rule.every().toNanos())) {
      String now;
      try {
        Trimmed trimmed = look();
        now = trimmed.held();
        if (trimmed.segments() > 0) {
          LOG.info("removed {} segments, {} bytes", trimmed.segments(), trimmed.bytes());
        }
      } catch (RuntimeException e) {
        // Whatever it is, the next look may go better, and nothing was removed that is needed.
        now = String.valueOf(e.getMessage());
        if (!now.equals(told) && !closing) {
          LOG.error("no segments are removed: {}", now, e);
        }
      }
      told = now;
    }
  }

  /** Removes what may go now; takes a checkpoint first if that is what is missing. */
  Trimmed look() {
    Log log = engine.log();
    Checkpoints checkpoints = engine.storage().checkpoints();
    if (log == null || checkpoints == null) {
      return new Trimmed(0, 0, "the log is being opened, or the storage keeps no checkpoints");
    }
    // If age, size and readers keep all of it, a checkpoint would be of no use.
    String kept = log.trimBlocker(request(log, null));
    if (kept != null) {
      return new Trimmed(0, 0, kept);
    }
    Checkpoint newest = newestOf(log, checkpoints);
    if (newest == null || log.trimBlocker(request(log, newest)) != null) {
      newest = checkpointer.take(rule.checkpoint());
    } else {
      checkpoints.verify(
          newest, new DiskPace(host, rule.checkpoint().bytesPerSecond(), () -> closing));
    }
    newest = checkpointer.publish(newest, rule.checkpoint());
    Trimmed trimmed = log.trim(request(log, newest));
    List<Checkpoint> all = checkpoints.list();
    for (Checkpoint old : all.subList(Math.min(KEEP_CHECKPOINTS, all.size()), all.size())) {
      checkpoints.delete(old);
    }
    return trimmed;
  }

  /** The newest checkpoint with the wanted proof, if the log continues it in every partition. */
  private @Nullable Checkpoint newestOf(Log log, Checkpoints checkpoints) {
    for (Checkpoint checkpoint : checkpoints.list()) {
      boolean proven =
          checkpoint.proof() == Checkpoint.Proof.REPLAYED || !rule.checkpoint().replay();
      if (proven && isContinued(log, checkpoint)) {
        return checkpoint;
      }
    }
    return null;
  }

  /** Whether the log goes on from a checkpoint in every partition that it holds. */
  static boolean isContinued(Log log, Checkpoint checkpoint) {
    for (PartitionId id : log.partitions()) {
      Checkpoint.Part part = checkpoint.part(id);
      if (part == null) {
        return false;
      }
      try {
        log.read(id, part.cursor()).close();
      } catch (LogException e) {
        LOG.warn("checkpoint {} is of no use for {}: {}", checkpoint.id(), id, e.getMessage());
        return false;
      }
    }
    return true;
  }

  private TrimRequest request(Log log, @Nullable Checkpoint checkpoint) {
    Map<PartitionId, LogCursor> covered = new HashMap<>();
    if (checkpoint != null) {
      checkpoint.parts().forEach(part -> covered.put(part.id(), part.cursor()));
    }
    return new TrimRequest(
        () -> {
          List<TrimRequest.Holder> holders = new ArrayList<>(readers.holders(log.logId()));
          if (checkpoint != null) {
            holders.add(new TrimRequest.Holder("checkpoint " + checkpoint.id(), covered));
          }
          return holders;
        },
        rule.keepBytes(),
        rule.keepFromUs(engine.clock().nowUs()));
  }

  @Override
  public void close() {
    closing = true;
    waiters.wake();
    host.join(thread);
  }
}
