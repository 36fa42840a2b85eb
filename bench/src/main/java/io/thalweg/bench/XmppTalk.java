package io.thalweg.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * Users in pairs who talk at a steady rate, whatever comes back: each message is timed from when it
 * was due to be sent until its receiver has it.
 */
final class XmppTalk implements XmppUser.Taker {
  private static final long WARM_NS = TimeUnit.SECONDS.toNanos(2);
  private static final long DRAIN_S = 60;
  private static final long MAX_US = TimeUnit.MINUTES.toMicros(2);
  private static final String TIME = "due ";
  private static final String PADDING = ", and so many words as people say at a time in a chat";

  private final XmppCrowd crowd;
  private Histogram latency = new Histogram(MAX_US, 3);
  private long begunNs;
  private long arrived;
  private long sent;

  /**
   * What came of a rate.
   *
   * @param busy of one core, by the load itself
   */
  record Result(double rate, double delivered, double p50Ms, double p99Ms, double busy) {
    boolean isGood() {
      return p99Ms <= 100 && delivered >= 0.97 * rate && busy < 0.97;
    }
  }

  private XmppTalk(int port) throws IOException {
    crowd = new XmppCrowd(port, false, this);
  }

  /** Raises the rate by a quarter until two rounds of it in a row are not good; the best. */
  static Result best(String title, int port, int pairs, int rate, int lengthS) throws IOException {
    XmppTalk talk = new XmppTalk(port);
    try (talk.crowd) {
      talk.crowd.open(IntStream.range(0, 2 * pairs).mapToObj(XmppServer::user).toList(), 50, 120);
      Result best = new Result(0, 0, 0, 0, 0);
      int bad = 0;
      double next = rate;
      while (bad < 2) {
        Result result = talk.round(next, lengthS);
        System.out.printf(
            "%s: %,.0f/s due, %,.0f/s delivered, p50 %.1f ms, p99 %.1f ms, load %.0f%% of its"
                + " core%n",
            title, next, result.delivered, result.p50Ms, result.p99Ms, 100 * result.busy);
        if (result.isGood()) {
          best = result;
          bad = 0;
          next = next * 1.25;
        } else {
          bad++;
        }
      }
      return best;
    }
  }

  /** One round. */
  static void once(int port, int pairs, double rate, int lengthS) throws IOException {
    XmppTalk talk = new XmppTalk(port);
    try (talk.crowd) {
      talk.crowd.open(IntStream.range(0, 2 * pairs).mapToObj(XmppServer::user).toList(), 50, 120);
      talk.round(rate, lengthS);
    }
  }

  private Result round(double rate, int lengthS) throws IOException {
    List<XmppUser> users = crowd.users();
    long startNs = System.nanoTime();
    begunNs = startNs + WARM_NS;
    long endNs = begunNs + TimeUnit.SECONDS.toNanos(lengthS);
    latency = new Histogram(MAX_US, 3);
    sent = 0;
    arrived = 0;
    long wanted = 0;
    long cpuNs = -cpuNs();
    long number = 0;
    while (true) {
      long nowNs = System.nanoTime();
      if (nowNs >= endNs) {
        break;
      }
      long dueNs = startNs + (long) (number * 1e9 / rate);
      while (dueNs <= nowNs && dueNs < endNs) {
        send(users, (int) (number % users.size()), dueNs);
        wanted += dueNs >= begunNs ? 1 : 0;
        number++;
        dueNs = startNs + (long) (number * 1e9 / rate);
      }
      crowd.serve();
    }
    cpuNs += cpuNs();
    double seconds = (System.nanoTime() - startNs) / 1e9;
    long all = wanted;
    long inTime = arrived;
    crowd.run(DRAIN_S, () -> arrived >= all);
    return new Result(
        rate,
        inTime / (double) lengthS,
        latency.getValueAtPercentile(50) / 1e3,
        latency.getValueAtPercentile(99) / 1e3,
        cpuNs / 1e9 / seconds);
  }

  private static long cpuNs() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void send(List<XmppUser> users, int from, long dueNs) {
    XmppUser user = users.get(from);
    if (user.step() != XmppUser.Step.THERE) {
      throw new IllegalStateException(user.name() + " was thrown out");
    }
    String id = Long.toHexString(dueNs) + "." + sent++;
    user.send(message(users.get(from ^ 1).name(), id, TIME + dueNs + PADDING));
    user.flush();
  }

  /** A message with an id that its client promises to use once (XEP-0359). */
  static String message(String to, String id, String body) {
    return "<message type='chat' to='"
        + XmppUser.address(to)
        + "' id='"
        + id
        + "'><body>"
        + body
        + "</body><origin-id xmlns='urn:xmpp:sid:0' id='"
        + id
        + "'/></message>";
  }

  @Override
  public void take(XmppUser user, String element) {
    int at = element.indexOf(TIME);
    if (!element.startsWith("<message") || at < 0) {
      return;
    }
    if (XmppUser.attribute(element, "type").equals("error")) {
      throw new IllegalStateException("refused: " + element);
    }
    int end = element.indexOf(',', at);
    long dueNs = Long.parseLong(element.substring(at + TIME.length(), end));
    if (dueNs >= begunNs) {
      arrived++;
      latency.recordValue(Math.min(MAX_US, (System.nanoTime() - dueNs) / 1_000));
    }
  }
}
