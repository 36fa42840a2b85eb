package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Devices over XMPP are told of every message once and in order, whenever the node is killed.
 * Senders send what was not acknowledged again, under the same {@code origin-id}. Devices drop what
 * has a {@code stanza-id} that they have; one with stream management misses nothing, and one
 * without, if it does, finds it in the conversation.
 *
 * <pre>
 *   crash.xmpp.kills    default 2
 *   crash.xmpp.seed     when it is killed; default 1
 * </pre>
 */
final class XmppKillTest {
  private static final int KILLS = Integer.getInteger("crash.xmpp.kills", 2);
  private static final long SEED = Long.getLong("crash.xmpp.seed", 1);
  private static final int UNDER_WAY = 10;
  private static final long PAUSE_MS = 10;
  private static final long LIMIT_MS = TimeUnit.MINUTES.toMillis(5);
  private static final Pattern ACKNOWLEDGED = Pattern.compile("^<a [^>]*h='(\\d+)'");
  private static final Pattern TOLD =
      Pattern.compile("<body>(\\d+)</body>.*<stanza-id [^>]*id='(\\d+)~");

  /** Who writes to whom; the other one reads, with stream management or without. */
  private record Pair(String from, String to, boolean managed) {}

  private static final List<Pair> PAIRS =
      List.of(new Pair("ana", "bo", true), new Pair("cy", "di", false));

  private final AtomicBoolean enough = new AtomicBoolean();
  private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
  private final AtomicReference<String> address = new AtomicReference<>("");
  private final AtomicReference<String> url = new AtomicReference<>("");
  private final ConcurrentMap<String, Long> sent = new ConcurrentHashMap<>();
  private final AtomicLong told = new AtomicLong();
  private final AtomicLong again = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void everyDeviceOverXmppIsToldOfEveryMessageOnceAndInOrderOverKills() throws Exception {
    Path folder = Folder.fresh(Settings.folder("xmpp"));
    NodeProcess.configure(folder, List.of("xmpp-port = 0"));
    Random random = new Random(SEED);
    List<Thread> senders = new ArrayList<>();
    List<Thread> devices = new ArrayList<>();
    try {
      new Kills(folder, this::moved)
          .run(
              KILLS,
              () -> {
                for (Pair pair : PAIRS) {
                  senders.add(Thread.ofVirtual().start(() -> watched(() -> send(pair))));
                  devices.add(Thread.ofVirtual().start(() -> watched(() -> receive(pair))));
                }
              },
              () -> awaitTold(told.get() + 150 + random.nextInt(200)),
              () -> {
                awaitTold(told.get() + 50);
                enough.set(true);
                join(senders);
                join(devices);
                check();
              });
    } finally {
      enough.set(true);
    }
    System.out.printf(
        "crashtest: seed %d, %s messages by XMPP over %d kills; %d were told again, %d not told%n",
        SEED, sent, KILLS, again.get(), missed.get());
    Folder.delete(folder);
  }

  private void moved(NodeProcess.Started started) {
    url.set(started.url());
    address.set(started.xmpp());
  }

  private void fail() {
    Throwable found = wrong.get();
    if (found != null) {
      throw new AssertionError("seed " + SEED, found);
    }
  }

  /** What a thread does until it is done; it may wait. */
  private interface Work {
    void run() throws InterruptedException;
  }

  private void watched(Work work) {
    try {
      work.run();
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      wrong.compareAndSet(null, e);
      enough.set(true);
    }
  }

  private void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofMillis(LIMIT_MS))).as("seed %d", SEED).isTrue();
    }
    fail();
  }

  private void awaitTold(long count) throws InterruptedException {
    long startNs = System.nanoTime();
    while (told.get() < count) {
      fail();
      if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) > LIMIT_MS) {
        throw new AssertionError("waited in vain for message " + count + "; seed " + SEED);
      }
      Thread.sleep(5);
    }
  }

  /** Numbered messages, a few under way; what is not acknowledged when the node dies goes again. */
  private void send(Pair pair) throws InterruptedException {
    ArrayDeque<Long> underWay = new ArrayDeque<>();
    long number = 0;
    while (!sent.containsKey(pair.to()) || !underWay.isEmpty()) {
      try (XmppStream stream = new XmppStream(address.get(), pair.from(), "phone", true)) {
        // The presence is the first one.
        long acknowledged = 1;
        for (long waiting : underWay) {
          stream.send(message(pair, waiting));
        }
        while (!sent.containsKey(pair.to()) || !underWay.isEmpty()) {
          while (!sent.containsKey(pair.to()) && underWay.size() < UNDER_WAY) {
            underWay.add(++number);
            if (enough.get()) {
              // The last one: its receiver knows it when it comes.
              sent.put(pair.to(), number);
            }
            stream.send(message(pair, number));
          }
          stream.send("<r xmlns='urn:xmpp:sm:3'/>");
          Matcher answer = ACKNOWLEDGED.matcher(stream.next());
          while (!answer.find()) {
            answer = ACKNOWLEDGED.matcher(stream.next());
          }
          for (long h = Long.parseLong(answer.group(1)); acknowledged < h; acknowledged++) {
            underWay.remove();
          }
          Thread.sleep(PAUSE_MS);
        }
      } catch (IOException noNode) {
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  private static String message(Pair pair, long number) {
    return "<message type='chat' to='%s@localhost' id='m%d'><body>%d</body>"
            .formatted(pair.to(), number, number)
        + "<origin-id xmlns='urn:xmpp:sid:0' id='m%d'/></message>".formatted(number);
  }

  private void receive(Pair pair) throws InterruptedException {
    long had = 0;
    while (had < sent.getOrDefault(pair.to(), Long.MAX_VALUE)) {
      try (XmppStream stream = new XmppStream(address.get(), pair.to(), "desk", pair.managed())) {
        long before = -1;
        while (had < sent.getOrDefault(pair.to(), Long.MAX_VALUE)) {
          Matcher message = TOLD.matcher(stream.next());
          if (message.find()) {
            long seq = Long.parseLong(message.group(2));
            assertThat(Long.parseLong(message.group(1))).as("message %d", seq).isEqualTo(seq);
            if (before >= 0) {
              assertThat(seq).as("after %d, to %s", before, pair).isEqualTo(before + 1);
            } else if (pair.managed()) {
              assertThat(seq).as("after a kill, to %s", pair).isLessThanOrEqualTo(had + 1);
            } else {
              missed.addAndGet(Math.max(0, seq - had - 1));
            }
            before = seq;
            if (seq <= had) {
              again.incrementAndGet();
            } else {
              had = seq;
              told.incrementAndGet();
            }
          }
        }
      } catch (IOException noNode) {
        Thread.sleep(PAUSE_MS);
      }
    }
    assertThat(had).isEqualTo(sent.get(pair.to()));
  }

  /** Each message has one number, so nothing is there twice, and nothing is missing. */
  private void check() throws Exception {
    try (Http http = new Http()) {
      for (Pair pair : PAIRS) {
        String conversation = "direct~" + pair.from() + "~" + pair.to();
        assertThat(
                http.get(url.get() + "/v1/conversations/" + conversation + "?user=" + pair.from())
                    .body())
            .contains("\"lastSeq\":\"" + sent.get(pair.to()) + "\"");
      }
    }
  }
}
