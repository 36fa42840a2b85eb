package io.thalweg.crashtest;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends one write after the other. A write whose outcome it does not know is sent again under the
 * same name until it is answered, also to a node that was started anew. One thread at a time.
 */
final class LoadClient {
  static final List<String> BOARDS = List.of("amber", "birch", "cedar", "delta", "ember");
  static final int MEMBERS = 30;
  private static final int MAX_BATCH = 20;
  private static final long PAUSE_MS = 20;

  /** Answers after which the same write is sent again: busy, away, outcome unknown, too late. */
  private static final Set<Integer> AGAIN = Set.of(429, 503, 504);

  private final String name;
  private final RandomGenerator random;
  private final Http http;
  private final Ledger ledger;
  private final ConcurrentLinkedQueue<Http.Answer> refusals;
  private final Duration limit;
  private long written;
  private @Nullable Write pending;
  private long pendingSinceNs;

  LoadClient(
      int number,
      long seed,
      Http http,
      Ledger ledger,
      ConcurrentLinkedQueue<Http.Answer> refusals,
      Duration limit) {
    this.name = "client-" + number;
    this.random =
        RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed * 1000 + number);
    this.http = http;
    this.ledger = ledger;
    this.refusals = refusals;
    this.limit = limit;
  }

  /**
   * Writes while it may; what goes wrong with a connection is not its concern.
   *
   * @param url asked for each request
   */
  void run(Supplier<String> url, BooleanSupplier going) throws InterruptedException {
    run(url, going, 0);
  }

  /** As {@link #run(Supplier, BooleanSupplier)}, with a pause after each write. */
  void run(Supplier<String> url, BooleanSupplier going, long pauseMs) throws InterruptedException {
    while (going.getAsBoolean()) {
      Write write = pending;
      if (write == null) {
        write = next();
        pending = write;
        pendingSinceNs = System.nanoTime();
      }
      Thread.sleep(isAnswered(url.get(), write) ? pauseMs : PAUSE_MS);
    }
  }

  /** Sends the write whose outcome it does not know until it is answered, while it may. */
  void settle(Supplier<String> url, BooleanSupplier going) throws InterruptedException {
    run(url, () -> pending != null && going.getAsBoolean());
  }

  boolean isSettled() {
    return pending == null;
  }

  private boolean isAnswered(String url, Write write) throws InterruptedException {
    Http.Answer answer;
    try {
      answer = http.send(url, write, limit);
    } catch (IOException e) {
      return false;
    }
    if (answer.status() == 200) {
      ledger.acknowledged(write, Standing.in(answer.body()), pendingSinceNs, System.nanoTime());
      pending = null;
      return true;
    }
    if (!AGAIN.contains(answer.status())) {
      throw new IllegalStateException(write + " was refused: " + answer);
    }
    refusals.add(answer);
    return false;
  }

  private Write next() {
    written++;
    int count = random.nextInt(4) == 0 ? random.nextInt(2, MAX_BATCH + 1) : 1;
    Set<String> members = new TreeSet<>();
    while (members.size() < count) {
      members.add("m" + random.nextInt(MEMBERS));
    }
    String board = BOARDS.get(random.nextInt(BOARDS.size()));
    return new Write(name + "-" + written, board, new ArrayList<>(members));
  }
}
