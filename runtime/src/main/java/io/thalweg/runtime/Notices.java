package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.Collection;

/**
 * Tells watchers something that no log holds, such as who is typing: it comes as an item of their
 * watch, whichever node of the cluster they are connected to, soon or not at all. What is lost is
 * not told again, and who comes later does not hear of it, so what matters is to be said again now
 * and then.
 *
 * @param <R> what a watcher is sent
 */
public interface Notices<R extends Message> {
  /** The most keys that one notice is for. */
  int MAX_KEYS = 1_000;

  /** The most bytes of what one notice says. */
  int MAX_BYTES = 16 << 10;

  /**
   * Tells all who watch one of these keys in the project of the request that is executed. It leaves
   * with the answer of the signal, so once all that its handler may have read is durable; if the
   * handler throws nothing is told.
   *
   * @param keys routing keys of watches; at most {@value #MAX_KEYS}
   * @param item at most {@value #MAX_BYTES} bytes
   * @throws IllegalStateException outside of a signal's handler
   * @throws IllegalArgumentException if there are too many keys, or the item is too large
   */
  void tell(Collection<String> keys, R item);
}
