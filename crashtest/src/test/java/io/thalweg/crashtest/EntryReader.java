package io.thalweg.crashtest;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Reads one member's score after the other, and writes down what it saw and when. */
final class EntryReader {
  private static final long PAUSE_MS = 20;

  private final RandomGenerator random;
  private final Http http;
  private final CounterHistory history;
  private final Duration limit;

  EntryReader(int number, Http http, CounterHistory history, Duration limit) {
    random = RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(number);
    this.http = http;
    this.history = history;
    this.limit = limit;
  }

  /** Reads while it may. A read that fails has seen nothing. */
  void run(Supplier<String> url, BooleanSupplier going) throws InterruptedException {
    while (going.getAsBoolean()) {
      String board = LoadClient.BOARDS.get(random.nextInt(LoadClient.BOARDS.size()));
      String member = "m" + random.nextInt(LoadClient.MEMBERS);
      long startNs = System.nanoTime();
      try {
        Http.Answer answer =
            http.get(url.get() + "/v1/boards/" + board + "/entries/" + member, limit);
        long endNs = System.nanoTime();
        List<Standing> seen = Standing.in(answer.body());
        if (answer.status() == 200 && seen.size() == 1) {
          history.read(board, member, seen.getFirst().score(), startNs, endNs);
        } else if (answer.status() == 404) {
          history.read(board, member, 0, startNs, endNs);
        }
      } catch (IOException e) {
        // The node is gone, or does not answer.
      }
      Thread.sleep(PAUSE_MS);
    }
  }
}
