package io.thalweg.crashtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Follows a board's events over server-sent events from its beginning, and comes back with the last
 * id whenever the stream ends. Every submit adds 1, so it has to see each member's scores as 1, 2,
 * 3 and so on: a step that is missing, repeated or out of order is written down.
 */
final class BoardWatcher implements AutoCloseable {
  private static final Pattern TIME = Pattern.compile("\"time\" *: *\"([^\"]+)\"");
  private static final Pattern ID = Pattern.compile("\\d+-\\d+-(\\d+)");
  private static final long PAUSE_MS = 10;
  private static final int MAX_ODDITIES = 20;

  private final String board;
  private final Http http;
  private final Supplier<@Nullable String> url;
  private final @Nullable RandomGenerator leaving;
  private final Thread thread;
  private final Map<String, Integer> seen = new TreeMap<>();
  private final List<String> gaps = new ArrayList<>();
  private final List<String> timeSteps = new ArrayList<>();
  private String lastId = "0";
  private long lastOffset;
  private Instant lastTime = Instant.MIN;
  private long events;
  private long resumes;
  private volatile boolean closed;

  /**
   * Begins to watch.
   *
   * @param url where the node is now; null while it is away
   * @param leavingSeed 0, or it also leaves by itself after some events, drawn from this
   */
  BoardWatcher(String board, Http http, Supplier<@Nullable String> url, long leavingSeed) {
    this.board = board;
    this.http = http;
    this.url = url;
    this.leaving =
        leavingSeed == 0
            ? null
            : RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(leavingSeed);
    this.thread = Thread.ofVirtual().name("watch-" + board).start(this::run);
  }

  private void run() {
    try {
      while (!closed) {
        String to = url.get();
        if (to != null) {
          try {
            follow(to);
          } catch (IOException e) {
            // The node is gone, or closing; it goes on behind the last id.
          }
        }
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void follow(String to) throws IOException, InterruptedException {
    HttpResponse<InputStream> stream = http.watch(to, board, lastId());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      if (stream.statusCode() != 200) {
        refused(stream.statusCode() + " " + lines.readLine());
        return;
      }
      synchronized (this) {
        resumes++;
      }
      int most = leaving == null ? Integer.MAX_VALUE : leaving.nextInt(1, 200);
      String id = "";
      String data = "";
      String kind = "";
      for (String line = lines.readLine(); line != null && !closed && most > 0; ) {
        if (line.startsWith("id:")) {
          id = line.substring(3).strip();
        } else if (line.startsWith("event:")) {
          kind = line.substring(6).strip();
        } else if (line.startsWith("data:")) {
          data = line.substring(5).strip();
        } else if (line.isEmpty() && !data.isEmpty()) {
          if (kind.equals("error")) {
            return;
          }
          event(id, data);
          most--;
          id = "";
          data = "";
          kind = "";
        }
        line = lines.readLine();
      }
    }
  }

  private synchronized void refused(String answer) {
    // A node that is starting or closing says so; that it does not know a position that it gave is
    // a fault.
    if (answer.contains("resync") || answer.startsWith("4")) {
      note(gaps, "came back after " + lastId + " and was answered " + answer);
    }
  }

  private synchronized void event(String id, String data) {
    events++;
    Matcher position = ID.matcher(id);
    if (!position.matches()) {
      note(gaps, "an event without a position: '" + id + "'");
      return;
    }
    long offset = Long.parseLong(position.group(1));
    if (offset <= lastOffset) {
      note(gaps, "event " + id + " came after " + lastId);
    }
    for (Standing standing : Standing.in(data)) {
      Integer before = seen.put(standing.member(), standing.score());
      if (standing.score() != (before == null ? 0 : before) + 1) {
        note(
            gaps,
            "event "
                + id
                + " takes "
                + standing.member()
                + " from "
                + before
                + " to "
                + standing.score());
      }
    }
    Matcher time = TIME.matcher(data);
    if (time.find()) {
      Instant at = Instant.parse(time.group(1));
      if (at.isBefore(lastTime)) {
        note(timeSteps, "event " + id + " is of " + at + ", the one before of " + lastTime);
      }
      lastTime = at;
    } else {
      note(timeSteps, "event " + id + " has no time");
    }
    lastId = id;
    lastOffset = offset;
    notifyAll();
  }

  private void note(List<String> list, String what) {
    if (list.size() < MAX_ODDITIES) {
      list.add(board + ": " + what);
    }
  }

  private synchronized String lastId() {
    return lastId;
  }

  /** Waits until it has seen these scores, or longer than it may. */
  synchronized boolean awaitSeen(Map<String, Integer> scores, Duration limit)
      throws InterruptedException {
    long endNs = System.nanoTime() + limit.toNanos();
    while (!seen.equals(scores)) {
      long leftMs = (endNs - System.nanoTime()) / 1_000_000;
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }

  String board() {
    return board;
  }

  /** The last score that it saw of each member. */
  synchronized Map<String, Integer> seen() {
    return new TreeMap<>(seen);
  }

  /** Events that were missing, repeated or out of order. */
  synchronized List<String> gaps() {
    return List.copyOf(gaps);
  }

  /** Events whose time is before that of the one before them. */
  synchronized List<String> timeSteps() {
    return List.copyOf(timeSteps);
  }

  synchronized long events() {
    return events;
  }

  synchronized long resumes() {
    return resumes;
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
