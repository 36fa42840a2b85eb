package io.thalweg.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Many clients of XMPP on one thread, the one that calls {@link #run}. */
final class XmppCrowd implements AutoCloseable {
  private static final int READ_BYTES = 1 << 16;
  private static final long REST_NS = 200_000;

  private final int port;
  private final boolean counts;
  private final XmppUser.Taker taker;
  private final Selector selector;
  private final ByteBuffer in = ByteBuffer.allocate(READ_BYTES);
  private final List<XmppUser> users = new ArrayList<>();

  XmppCrowd(int port, boolean counts, XmppUser.Taker taker) throws IOException {
    this.port = port;
    this.counts = counts;
    this.taker = taker;
    selector = Selector.open();
  }

  List<XmppUser> users() {
    return users;
  }

  /**
   * Connects users until all are there, some of them at a time. A connection that breaks meanwhile
   * is made again.
   *
   * @param names of those that are added to the crowd
   * @throws IllegalStateException if it takes too long
   */
  void open(List<String> names, int atOnce, long limitS) throws IOException {
    int first = users.size();
    int[] there = {0};
    List<Integer> under = new ArrayList<>();
    run(
        limitS,
        () -> {
          under.removeIf(number -> {
            XmppUser user = users.get(number);
            if (user.step() == XmppUser.Step.GONE) {
              users.set(number, connected(user.name()));
            }
            boolean done = user.step() == XmppUser.Step.THERE;
            there[0] += done ? 1 : 0;
            return done;
          });
          while (under.size() < atOnce && users.size() - first < names.size()) {
            under.add(users.size());
            users.add(connected(names.get(users.size() - first)));
          }
          return there[0] == names.size();
        });
  }

  private XmppUser connected(String name) {
    try {
      return new XmppUser(name, port, counts, selector, taker);
    } catch (IOException e) {
      throw new IllegalStateException("cannot connect: " + e.getMessage(), e);
    }
  }

  /** Serves the connections until something is so. */
  void run(long limitS, BooleanSupplier done) throws IOException {
    long startNs = System.nanoTime();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(limitS)) {
        throw new IllegalStateException("waited in vain for " + limitS + " s");
      }
      serve();
    }
  }

  /** Serves what has come, and rests for a moment if nothing has. */
  void serve() throws IOException {
    int count = selector.selectNow(key -> ((XmppUser) key.attachment()).ready(in));
    if (count == 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(REST_NS);
    }
  }

  /** Breaks all connections. */
  @Override
  public void close() throws IOException {
    users.forEach(XmppUser::close);
    users.clear();
    selector.close();
  }
}
