package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.client.keys.KeySource;
import io.thalweg.client.keys.KeysClient;
import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.NextKeysRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No key is ever given twice, whenever the node is killed: clients lease blocks and ask for single
 * keys over all kills, hand back what is left now and then, and enter every key into one bitmap.
 *
 * <pre>
 *   crash.keys.kills    default 20
 *   crash.keys.count    keys to give out between two kills, by all clients; default 50,000
 *   crash.keys.digits   of a key, 6 to 9; default 8: the bitmap has 10^8 bits
 * </pre>
 */
final class KeysKillTest {
  private static final int KILLS = Integer.getInteger("crash.keys.kills", 20);
  private static final long COUNT = Long.getLong("crash.keys.count", 50_000);
  private static final int DIGITS = Integer.getInteger("crash.keys.digits", 8);
  private static final int CLIENTS = 8;
  private static final long LIMIT_MS = TimeUnit.MINUTES.toMillis(5);
  private static final String NAMESPACE = "ids";

  private final KeyText text = new KeyText("0123456789", DIGITS, false);
  private final AtomicLongArray bitmap = new AtomicLongArray((int) (text.size() / 64 + 1));
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong twice = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void noKeyIsGivenTwiceOverKillsAtAnyMoment() throws Exception {
    Path folder = Folder.fresh(Settings.folder("keys"));
    Path data = folder.resolve("data");
    Random random = new Random(Settings.seed());
    List<Thread> clients = new ArrayList<>();
    try (Wire address = Wire.toNobody()) {
      for (int kill = 0; kill < KILLS; kill++) {
        NodeProcess.Started started = NodeProcess.up(folder, data);
        try (NodeProcess node = started.node()) {
          address.to(started.url());
          if (kill == 0) {
            create(address.url());
            for (int i = 0; i < CLIENTS; i++) {
              int number = i;
              clients.add(Thread.ofPlatform().start(() -> use(address.url(), number)));
            }
          }
          awaitGiven(given.get() + COUNT / 2 + random.nextLong(COUNT));
          node.kill();
        }
      }
      NodeProcess.Started last = NodeProcess.up(folder, data);
      try (NodeProcess node = last.node()) {
        address.to(last.url());
        over.set(true);
        for (Thread client : clients) {
          client.join();
        }
        check(address.url());
        node.kill();
      }
    } finally {
      over.set(true);
    }
    System.out.printf(
        "crashtest: seed %d, %d keys over %d kills, %d twice%n",
        Settings.seed(), given.get(), KILLS, twice.get());
    Folder.delete(folder);
  }

  private static void create(String url) {
    try (ThalwegClient client = open(url)) {
      KeysClient.of(client)
          .createNamespace(
              CreateNamespaceRequest.newBuilder()
                  .setNamespace(NAMESPACE)
                  .setSettings(
                      NamespaceSettings.newBuilder().setAlphabet("0123456789").setLength(DIGITS))
                  .build())
          .await();
    }
  }

  /** With limits that a loaded machine keeps. */
  private static ThalwegClient open(String url) {
    return ThalwegClient.at(url)
        .timeout(Duration.ofMinutes(2))
        .connectTimeout(Duration.ofMinutes(1))
        .open();
  }

  /** One client until the end: now from leased blocks, now single keys from the node. */
  private void use(String url, int number) {
    Random random = new Random(Settings.seed() + number);
    try (ThalwegClient client = open(url)) {
      KeysClient keys = KeysClient.of(client);
      while (!over.get()) {
        try (KeySource source =
            keys.source(NAMESPACE)
                .blockSize(1 + random.nextInt(2_000))
                .holder("client-" + number)
                .open()) {
          for (int i = random.nextInt(20_000); i > 0 && !over.get(); i--) {
            enter(source.next());
            if (i % 500 == 0) {
              NextKeysRequest next =
                  NextKeysRequest.newBuilder()
                      .setNamespace(NAMESPACE)
                      .setCount(1 + random.nextInt(20))
                      .build();
              keys.nextKeys(next).await().getKeysList().forEach(this::enter);
            }
          }
        } catch (ThalwegException noNode) {
          // What it may have been given is of unknown fate; the next one begins anew.
        }
      }
    }
  }

  private void enter(String key) {
    long number = text.number(key);
    long bit = 1L << number;
    long before = bitmap.getAndAccumulate((int) (number >>> 6), bit, (word, mask) -> word | mask);
    if ((before & bit) != 0) {
      twice.incrementAndGet();
    }
    given.incrementAndGet();
  }

  private void awaitGiven(long count) throws InterruptedException {
    long startNs = System.nanoTime();
    while (given.get() < count && twice.get() == 0) {
      if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) > LIMIT_MS) {
        throw new AssertionError(
            "clients were given %d keys, not %d".formatted(given.get(), count));
      }
      Thread.sleep(5);
    }
    assertThat(twice.get()).as("keys that were given twice; seed %d", Settings.seed()).isZero();
  }

  private void check(String url) {
    assertThat(twice.get()).as("keys that were given twice; seed %d", Settings.seed()).isZero();
    try (ThalwegClient client = open(url)) {
      KeyCounts counts =
          KeysClient.of(client)
              .getNamespace(GetNamespaceRequest.newBuilder().setNamespace(NAMESPACE).build())
              .await()
              .getCounts();
      // Keys that were given out just before a lease was lost are counted as of unknown fate.
      assertThat(counts.getUsed() + counts.getLeased()).isGreaterThanOrEqualTo(given.get());
      assertThat(counts.getUnused() + counts.getLeased() + counts.getUsed() + counts.getSkipped())
          .isEqualTo(counts.getTotal());
    }
  }
}
