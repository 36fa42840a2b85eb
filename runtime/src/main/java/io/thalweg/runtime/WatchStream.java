package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A watcher's place in a partition. It pulls, so a slow watcher costs nothing but its place. Used
 * by one thread at a time, which may be a virtual one.
 */
public interface WatchStream extends AutoCloseable {
  /**
   * The position to come back after: of the last item that was given, or a later one if it is known
   * that there is nothing in between; at first where the watch began. By the thread that uses it.
   */
  Position position();

  /**
   * The next item, waiting for one at most so long.
   *
   * @return null if there was none in time
   * @throws Failure if the watch cannot go on: UNAVAILABLE when the node closes
   */
  @Nullable Item next(Duration timeout) throws InterruptedException;

  /**
   * Runs a listener whenever {@link #next} is worth another call after it answered null: there may
   * be an item, or the watch has ended. Also at once, if that is so now. For those who would not
   * wait with a thread of their own. There is one listener; it runs on a thread of the node and
   * must not block.
   */
  void onNews(Runnable listener);

  /** Ends the watch; a waiting {@link #next} returns null. May be called from any thread. */
  @Override
  void close();

  /**
   * One event for the watcher. Watchers that asked the same may be given the same object.
   *
   * @param position to come back after
   * @param message of the method's reply type
   */
  record Item(Position position, Message message) {}
}
