package io.thalweg.crashtest;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Clients that write, watchers that follow, and what they were told, over one data directory and as
 * many nodes as serve it one after the other.
 */
final class Workload implements AutoCloseable {
  private static final int CLIENTS = 12;
  private static final Duration SETTLE_LIMIT = Duration.ofSeconds(60);
  private static final int ASKED_AGAIN = 16;

  /** A cluster shares its cores with its brokers, its clients and their check. */
  private static final long PACE_MS = 30;

  /** A port that nobody listens on. */
  private static final String NOBODY = "http://127.0.0.1:1";

  private final Http http = new Http();
  private final Ledger ledger;
  private final ConcurrentLinkedQueue<Http.Answer> refusals = new ConcurrentLinkedQueue<>();
  private final List<LoadClient> clients = new ArrayList<>();
  private final List<BoardWatcher> watchers = new ArrayList<>();
  private final Duration limit;
  private final AtomicReference<@Nullable String> url = new AtomicReference<>();
  private final AtomicReference<@Nullable Supplier<@Nullable String>> nodes =
      new AtomicReference<>();
  private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();
  private List<Thread> running = List.of();
  private volatile boolean going;

  /**
   * A workload that begins with an empty data directory.
   *
   * @param seed what is written, by whom and where
   * @param limit how long a client waits for an answer
   */
  Workload(long seed, Duration limit) {
    this.limit = limit;
    ledger = new Ledger(RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new LoadClient(i, seed, http, ledger, refusals, limit));
    }
    for (String board : LoadClient.BOARDS) {
      watchers.add(new BoardWatcher(board, http, this::watched, 0));
    }
    watchers.add(new BoardWatcher(LoadClient.BOARDS.get(0), http, this::watched, seed));
  }

  /** Clients begin to write to a node, and watchers to follow it. */
  void start(String node) {
    url.set(node);
    going = true;
    List<Thread> threads = new ArrayList<>();
    for (LoadClient client : clients) {
      threads.add(thread(() -> client.run(() -> node, () -> going)));
    }
    running = threads;
  }

  /**
   * Clients begin to write to nodes, at a pace, and others to read; watchers follow any of them.
   *
   * @param anyNode asked for each request; null: none takes requests
   * @param readers how many clients read, one entry after the other
   */
  void start(Supplier<@Nullable String> anyNode, int readers) {
    nodes.set(anyNode);
    going = true;
    List<Thread> threads = new ArrayList<>();
    Supplier<String> known = () -> Objects.requireNonNullElse(anyNode.get(), NOBODY);
    for (LoadClient client : clients) {
      threads.add(thread(() -> client.run(known, () -> going, PACE_MS)));
    }
    for (int i = 0; i < readers; i++) {
      EntryReader reader = new EntryReader(i, http, ledger.history(), limit);
      threads.add(thread(() -> reader.run(known, () -> going)));
    }
    running = threads;
  }

  private @Nullable String watched() {
    Supplier<@Nullable String> any = nodes.get();
    return any == null ? url.get() : any.get();
  }

  /** No new writes; waits for those that are under way, answered or not. */
  void stop() throws InterruptedException {
    going = false;
    for (Thread thread : running) {
      thread.join();
    }
    running = List.of();
    checkFaults();
  }

  /** The node is gone: watchers wait for the next one. */
  void nodeIsGone() {
    url.set(null);
  }

  /** Watchers leave for good: where the data go, positions in this log are not known. */
  void watchersLeave() {
    watchers.forEach(BoardWatcher::close);
    watchers.clear();
  }

  /** Work that may be interrupted. */
  private interface Work {
    void run() throws InterruptedException;
  }

  private Thread thread(Work work) {
    return Thread.startVirtualThread(() -> {
      try {
        work.run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        faults.add(e);
      }
    });
  }

  private void checkFaults() {
    Throwable fault = faults.poll();
    if (fault != null) {
      throw new IllegalStateException(fault.getMessage(), fault);
    }
  }

  /** Asks a node again for what has no answer yet, then checks every invariant. */
  List<String> check(String node) throws IOException, InterruptedException {
    url.set(node);
    long endNs = System.nanoTime() + SETTLE_LIMIT.toNanos();
    List<Thread> threads = new ArrayList<>();
    for (LoadClient client : clients) {
      threads.add(thread(() -> client.settle(() -> node, () -> System.nanoTime() - endNs < 0)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    checkFaults();
    List<String> violations = new ArrayList<>();
    if (!clients.stream().allMatch(LoadClient::isSettled)) {
      violations.add("a write has no answer after " + SETTLE_LIMIT + ": " + refusals);
      return violations;
    }
    Evidence evidence = evidence(node);
    for (Invariant invariant : Invariant.ALL) {
      for (String violation : invariant.violations(evidence)) {
        violations.add(invariant.getClass().getSimpleName() + ": " + violation);
      }
    }
    return violations;
  }

  private Evidence evidence(String node) throws IOException, InterruptedException {
    List<Evidence.AskedAgain> askedAgain = new ArrayList<>();
    List<Ledger.Kept> kept = ledger.kept();
    for (Ledger.Kept each : kept.subList(0, Math.min(ASKED_AGAIN, kept.size()))) {
      askedAgain.add(
          new Evidence.AskedAgain(
              each.write(), each.answer(), http.send(node, each.write(), SETTLE_LIMIT)));
    }
    Map<String, Map<String, Integer>> stored = new TreeMap<>();
    for (String board : LoadClient.BOARDS) {
      stored.put(board, http.entries(node, board));
    }
    for (BoardWatcher watcher : watchers) {
      // One that does not come after is found by its invariant.
      boolean _ = watcher.awaitSeen(stored.getOrDefault(watcher.board(), Map.of()), SETTLE_LIMIT);
    }
    return new Evidence(ledger, stored, askedAgain, watchers);
  }

  /** Waits until so many writes were acknowledged since the beginning. */
  boolean awaitWrites(long count, Duration limit) throws InterruptedException {
    long endNs = System.nanoTime() + limit.toNanos();
    while (ledger.writes() < count) {
      if (System.nanoTime() - endNs > 0) {
        return false;
      }
      Thread.sleep(1);
    }
    return true;
  }

  /** Acknowledged writes. */
  long writes() {
    return ledger.writes();
  }

  /** Reads that were answered while the clients wrote. */
  long reads() {
    return ledger.history().reads();
  }

  /** Refusals after which clients tried again. */
  ConcurrentLinkedQueue<Http.Answer> refusals() {
    return refusals;
  }

  Http http() {
    return http;
  }

  /** Events that watchers saw. */
  long watchedEvents() {
    return watchers.stream().mapToLong(BoardWatcher::events).sum();
  }

  /** How often watchers came back, the first time included. */
  long resumes() {
    return watchers.stream().mapToLong(BoardWatcher::resumes).sum();
  }

  @Override
  public void close() {
    going = false;
    watchers.forEach(BoardWatcher::close);
    http.close();
  }
}
