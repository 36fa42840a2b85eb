package io.thalweg.gateway;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.WatchStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The clients that watch, over whatever protocol: bounded, and ended together. Thread-safe. */
final class Watchers {
  private static final long RETRY_AFTER_MS = 5000;

  private final int limit;
  private final Semaphore free;
  private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

  Watchers(int limit) {
    this.limit = limit;
    this.free = new Semaphore(limit);
  }

  /**
   * Takes a place, to be closed when the client is gone.
   *
   * @throws Failure RESOURCE_EXHAUSTED if there is none
   */
  Watcher enter() {
    if (!free.tryAcquire()) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "there are " + limit + " watchers, which is the most that this server takes",
          RETRY_AFTER_MS);
    }
    Watcher watcher = new Watcher();
    watchers.add(watcher);
    return watcher;
  }

  int count() {
    return watchers.size();
  }

  /** Ends every watch there is. */
  void end() {
    watchers.forEach(Watcher::end);
  }

  /** One client's place. */
  final class Watcher implements AutoCloseable {
    private boolean ended;
    private @Nullable WatchStream stream;

    /** Tells what to close when the watch is to end. */
    synchronized void attach(WatchStream opened) {
      stream = opened;
      if (ended) {
        opened.close();
      }
    }

    /** Ends the watch: its stream gives nothing more. */
    synchronized void end() {
      ended = true;
      if (stream != null) {
        stream.close();
      }
    }

    synchronized boolean ended() {
      return ended;
    }

    /** Gives the place back. */
    @Override
    public void close() {
      end();
      if (watchers.remove(this)) {
        free.release();
      }
    }
  }
}
