package io.thalweg.messaging.xmpp;

import java.util.ArrayDeque;
import java.util.List;

/**
 * Stanzas that were sent to a client and are not known to have arrived: until they are written, or
 * with stream management (XEP-0198) until the client says so. Some complete an item of the inbox.
 * Guarded by the lock of its session.
 */
final class Outbox {
  private static final int PAUSE_STANZAS = 256;
  private static final int PAUSE_BYTES = 1 << 20;
  private static final int MAX_STANZAS = 4_096;
  private static final int MAX_BYTES = 8 << 20;

  private static final class Sent {
    final String xml;
    long order;

    Sent(String xml) {
      this.xml = xml;
    }
  }

  private final ArrayDeque<Sent> waiting = new ArrayDeque<>();
  private long bytes;
  private long acked;

  void add(String xml) {
    waiting.add(new Sent(xml));
    bytes += xml.length();
  }

  /** How many were sent, of those that are counted. */
  long sent() {
    return acked + waiting.size();
  }

  /** Whether the inbox is not read on. */
  boolean isBusy() {
    return waiting.size() >= PAUSE_STANZAS || bytes >= PAUSE_BYTES;
  }

  /** Whether a client takes too little to go on with it. */
  boolean isOver() {
    return waiting.size() > MAX_STANZAS || bytes > MAX_BYTES;
  }

  /**
   * With what was sent so far an item of the inbox is complete.
   *
   * @return false if all of that has arrived
   */
  boolean complete(long order) {
    Sent last = waiting.peekLast();
    if (last == null) {
      return false;
    }
    last.order = order;
    return true;
  }

  /** The next one has arrived. Returns the order of the item that it completed; 0: none. */
  long arrived() {
    Sent first = waiting.poll();
    if (first == null) {
      return 0;
    }
    acked++;
    bytes -= first.xml.length();
    return first.order;
  }

  /**
   * The client says how many have arrived, modulo 2^32.
   *
   * @return the order of the last item that is complete; 0: none; -1: it cannot be so many
   */
  long arrived(long count) {
    long more = (count - acked) & 0xFFFF_FFFFL;
    if (more > waiting.size()) {
      return -1;
    }
    long order = 0;
    for (long i = 0; i < more; i++) {
      order = Math.max(order, arrived());
    }
    return order;
  }

  /** Counts from here; what was sent before is taken for arrived. Returns as {@link #arrived}. */
  long countFromHere() {
    long order = 0;
    while (!waiting.isEmpty()) {
      order = Math.max(order, arrived());
    }
    acked = 0;
    return order;
  }

  /** What a client that comes back is sent again. */
  List<String> unarrived() {
    return waiting.stream().map(sent -> sent.xml).toList();
  }
}
