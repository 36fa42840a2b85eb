package io.thalweg.peers;

import io.thalweg.cluster.Member;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out early that the process of a silent node is gone: its machine then refuses connections
 * to where other nodes reach it. Nothing else says so; a node that only does not answer may be
 * paused or cut off, and is given its time. Like all of the directory this is advice: the log
 * decides who leads.
 *
 * <p>Used by the directory's thread; knocks on threads of its own, one at a time for a node.
 */
final class Knocking {
  private static final int CONNECT_MS = 500;
  private static final long AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(200);

  private final long silentNs;
  private final Map<String, Long> knockedNs = new HashMap<>();
  private final Queue<Member> gone = new ConcurrentLinkedQueue<>();

  /**
   * @param silentNs a node is knocked at that was not heard for so long
   */
  Knocking(long silentNs) {
    this.silentNs = silentNs;
  }

  /** Knocks at those that are silent. */
  void at(Collection<Member> alive, String self, long nowNs) {
    for (Member member : alive) {
      String id = member.beat().nodeId();
      if (nowNs - member.heardNs() < silentNs || id.equals(self)) {
        knockedNs.remove(id);
        continue;
      }
      Long last = knockedNs.get(id);
      if (last == null || nowNs - last > AGAIN_NS) {
        knockedNs.put(id, nowNs);
        Thread.ofVirtual().name("peer-knock").start(() -> knock(member));
      }
    }
  }

  /** The next node that is gone; null if there is none. */
  @Nullable Member gone() {
    return gone.poll();
  }

  private void knock(Member member) {
    String address = member.beat().address();
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket()) {
      String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
      int port = Integer.parseInt(address.substring(colon + 1));
      socket.connect(new InetSocketAddress(host, port), CONNECT_MS);
    } catch (ConnectException e) {
      if (String.valueOf(e.getMessage()).contains("refused")) {
        gone.add(member);
      }
    } catch (IOException | RuntimeException e) {
      // Out of reach, or no address: that says nothing.
    }
  }
}
