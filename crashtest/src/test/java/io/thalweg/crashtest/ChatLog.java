package io.thalweg.crashtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * What was said in channels of IRC: the irc-disentanglement data as columns, or the sample of it
 * that is beside the tests of messaging, with its source and licence.
 */
final class ChatLog {
  private static final Path SAMPLE =
      Path.of("../services/messaging/src/test/resources/chat/irc-sample.tsv");
  private static final int SAMPLE_CHANNELS = 4;
  private static final long SAMPLE_LINE_MS = 5_000;
  private static final long DAY_MS = 86_400_000;
  private static final int MAX_USER_BYTES = 40;

  private ChatLog() {}

  /**
   * A line.
   *
   * @param atMs when it was said, since the first one
   * @param replyTo number of the message that it answers, which is its place from 1 on; 0: none
   */
  record Line(long atMs, String user, long replyTo, String text) {}

  /** The sample, once for each of some channels that are said at the same time. */
  static List<List<Line>> sample() throws IOException {
    Folding lines = new Folding();
    try (InputStream in = Files.newInputStream(SAMPLE)) {
      long atMs = 0;
      for (List<String> row : rows(in)) {
        String answered = row.get(2).isEmpty() ? "" : row.get(2);
        lines.add(row.get(0), answered, atMs, row.get(1), row.get(3));
        atMs += SAMPLE_LINE_MS;
      }
    }
    List<List<Line>> all = new ArrayList<>();
    for (int i = 0; i < SAMPLE_CHANNELS; i++) {
      all.add(lines.lines);
    }
    return all;
  }

  /** Each log of a folder, by name; at most as many as {@code crash.chat.logs} says. */
  static List<List<Line>> read(Path folder) throws IOException {
    Map<String, String> replies = new HashMap<>();
    try (InputStream in = packed(folder.resolve("irc_reply_links.tsv.gz"))) {
      for (List<String> row : rows(in)) {
        if (!row.get(1).equals(row.get(2))) {
          replies.put(row.get(0) + " " + row.get(2), row.get(1));
        }
      }
    }
    Map<String, Folding> logs = new TreeMap<>();
    try (InputStream in = packed(folder.resolve("irc_messages.tsv.gz"))) {
      for (List<String> row : rows(in)) {
        if (row.get(5).equals("msg") && !row.get(7).isEmpty()) {
          String answered = replies.getOrDefault(row.get(0) + " " + row.get(1), "");
          Folding log = logs.computeIfAbsent(row.get(0), key -> new Folding());
          log.add(row.get(1), answered, log.atMs(row.get(4)), row.get(6), row.get(7));
        }
      }
    }
    return logs.values().stream()
        .limit(Integer.getInteger("crash.chat.logs", logs.size()))
        .map(log -> log.lines)
        .toList();
  }

  private static InputStream packed(Path file) throws IOException {
    return new GZIPInputStream(Files.newInputStream(file));
  }

  private static List<List<String>> rows(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
        .lines()
        .skip(1)
        .map(line -> Arrays.asList(line.split("\t", -1)))
        .toList();
  }

  /** One log as it is read. */
  private static final class Folding {
    final List<Line> lines = new ArrayList<>();
    private final Map<String, Long> places = new HashMap<>();
    private long firstMs = -1;
    private long lastMs;

    /** Times of day, which go on behind midnight. */
    long atMs(String time) {
      String text = time.isEmpty() ? "00:00" : time;
      long ofDayMs = LocalTime.parse(text).toNanoOfDay() / 1_000_000;
      if (firstMs < 0) {
        firstMs = ofDayMs;
      }
      long atMs = Math.floorMod(ofDayMs - firstMs, DAY_MS);
      long days = lastMs / DAY_MS;
      long now = days * DAY_MS + atMs;
      if (now < lastMs - DAY_MS / 2) {
        now += DAY_MS;
      }
      lastMs = Math.max(lastMs, now);
      return lastMs;
    }

    void add(String line, String answered, long atMs, String nick, String text) {
      lines.add(new Line(atMs, user(nick), places.getOrDefault(answered, 0L), text));
      places.put(line, (long) lines.size());
    }

    /** Nicks are given as they were, without what a user's name may not have. */
    private static String user(String nick) {
      String user = nick.replace('~', '-');
      return user.getBytes(StandardCharsets.UTF_8).length > MAX_USER_BYTES
          ? Integer.toHexString(user.hashCode())
          : user;
    }
  }
}
