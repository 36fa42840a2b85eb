package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same commands, drawn at random, to a real redis-server and to a node: equal replies. Repeat a
 * run with {@code -Dresp.seed=N}; {@code -Dresp.commands=N} makes it longer.
 */
class RespAnswersAsRedisTest {
  private static final List<String> KEYS = List.of("ka", "kb", "kc");
  private static final List<String> LEX_KEY = List.of("lex");
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?(e[+-]\\d+)?");

  @TempDir static Path data;
  @TempDir static Path redisData;
  private static Optional<RedisServer> redis = Optional.empty();
  private static TestNode node;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    redis = RedisServer.start(redisData);
    node = TestNode.withResp(data);
  }

  @AfterAll
  static void stop() {
    node.close();
    redis.ifPresent(RedisServer::close);
  }

  @Test
  void equalCommandsHaveEqualReplies() throws IOException {
    if (redis.isEmpty()) {
      System.err.println("SKIPPED: there is no redis-server here to compare with");
    }
    assumeTrue(redis.isPresent(), "redis-server is not installed");
    long seed = Long.getLong("resp.seed", new Random().nextLong());
    int commands = Integer.getInteger("resp.commands", 6000);
    System.out.println("commands as of Redis, seed " + seed + ": -Dresp.seed=" + seed);
    Random random = new Random(seed);
    List<String> asked = new ArrayList<>();
    try (RespSocket ours = new RespSocket(node.respPort());
        RespSocket theirs = new RespSocket(redis.get().port())) {
      for (int i = 0; i < commands; i++) {
        String[] command = command(random);
        asked.add(String.join(" ", command));
        String expected = canonical(theirs.ask(command));
        String got = canonical(ours.ask(command));
        if (!got.equals(expected)) {
          Path trace = Files.createTempFile("resp", ".commands");
          Files.write(trace, asked);
          assertThat(got)
              .as("seed %d, command %d: %s (all: %s)", seed, i, asked.getLast(), trace)
              .isEqualTo(expected);
        }
      }
    }
  }

  /** Numbers by their value: releases of Redis write them with 17 digits, or with the fewest. */
  private static String canonical(String reply) {
    return NUMBER.matcher(reply).replaceAll(m -> Double.toString(Double.parseDouble(m.group())));
  }

  private static String[] command(Random random) {
    List<String> words = new ArrayList<>();
    String key = one(random, KEYS);
    switch (random.nextInt(30)) {
      case 0, 1, 2, 3, 4, 5, 6 -> {
        words.addAll(List.of("ZADD", key));
        for (String flag : List.of("NX", "XX", "GT", "LT", "CH", "INCR")) {
          if (random.nextInt(7) == 0) {
            words.add(flag);
          }
        }
        int pairs = 1 + random.nextInt(random.nextInt(10) == 0 ? 40 : 4);
        for (int i = 0; i < pairs; i++) {
          words.add(score(random));
          words.add(member(random));
        }
        if (random.nextInt(40) == 0) {
          words.removeLast();
        }
      }
      case 7 -> words.addAll(List.of("ZINCRBY", key, score(random), member(random)));
      case 8 -> {
        words.addAll(List.of("ZREM", key));
        for (int i = 0; i <= random.nextInt(4); i++) {
          words.add(member(random));
        }
      }
      case 9 -> words.addAll(List.of("ZCARD", key));
      case 10 -> words.addAll(List.of("ZCOUNT", key, bound(random), bound(random)));
      case 11 -> words.addAll(List.of("ZSCORE", key, member(random)));
      case 12 -> words.addAll(List.of("ZMSCORE", key, member(random), member(random), "nobody"));
      case 13, 14 ->
          words.addAll(List.of(random.nextBoolean() ? "ZRANK" : "zrevrank", key, member(random)));
      case 15, 16 -> {
        words.addAll(List.of("ZRANGE", key, index(random), index(random)));
        optionally(random, words, "REV");
        optionally(random, words, "WITHSCORES");
      }
      case 17 -> {
        words.addAll(List.of("ZREVRANGE", key, index(random), index(random)));
        optionally(random, words, "WITHSCORES");
      }
      case 18, 19 -> {
        words.addAll(List.of("ZRANGE", key, bound(random), bound(random), "BYSCORE"));
        optionally(random, words, "REV");
        limit(random, words);
        optionally(random, words, "withscores");
      }
      case 20, 21 -> {
        words.add(random.nextBoolean() ? "ZRANGEBYSCORE" : "ZREVRANGEBYSCORE");
        words.addAll(List.of(key, bound(random), bound(random)));
        optionally(random, words, "WITHSCORES");
        limit(random, words);
      }
      case 22 -> words.addAll(List.of("ZADD", one(random, LEX_KEY), "0", member(random)));
      case 23 -> {
        words.addAll(List.of("ZRANGE", "lex", lex(random), lex(random), "BYLEX"));
        optionally(random, words, "REV");
        limit(random, words);
      }
      case 24 -> {
        words.add(one(random, List.of("ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZLEXCOUNT")));
        words.addAll(List.of("lex", lex(random), lex(random)));
      }
      case 25 -> {
        words.add(random.nextBoolean() ? "ZPOPMIN" : "ZPOPMAX");
        words.add(key);
        if (random.nextBoolean()) {
          words.add(Integer.toString(random.nextInt(5) - 1));
        }
      }
      case 26 -> words.addAll(List.of("EXISTS", key, "lex", "nothing", key));
      case 27 -> words.addAll(List.of("TYPE", key));
      case 28 -> {
        if (random.nextInt(6) == 0) {
          words.addAll(List.of("DEL", key, "nothing"));
        } else {
          words.addAll(List.of("ECHO", member(random)));
        }
      }
      default -> words.addAll(odd(random, key));
    }
    return words.toArray(String[]::new);
  }

  /** What is refused, and what clients say before they begin. */
  private static List<String> odd(Random random, String key) {
    return one(
        random,
        List.of(
            List.of("PING"),
            List.of("PING", "x"),
            List.of("PING", "x", "y"),
            List.of("SELECT", "0"),
            List.of("ZADD", key, "1"),
            List.of("ZADD", key, "nan", "a"),
            List.of("ZADD", key, "1e400", "a"),
            List.of("ZADD", key, "0x", "a"),
            List.of("ZADD", key, " 1", "a"),
            List.of("ZADD", key, "", "a"),
            List.of("ZADD", key, "1", "a", "2"),
            List.of("ZADD", key, "NX", "XX", "1", "a"),
            List.of("ZADD", key, "INCR", "1", "a", "2", "b"),
            List.of("ZINCRBY", key, "x", "a"),
            List.of("ZSCORE", key),
            List.of("ZRANGE", key, "x", "1"),
            List.of("ZRANGE", key, "0", "1.5"),
            List.of("ZRANGE", key, "0", "01"),
            List.of("ZRANGE", key, "0", "-1", "LIMIT", "0", "1"),
            List.of("ZRANGE", key, "0", "-1", "BYSCORE", "BYLEX"),
            List.of("ZRANGE", key, "0", "-1", "NONSENSE"),
            List.of("ZRANGE", key, "-", "+", "BYLEX", "WITHSCORES"),
            List.of("ZRANGE", key, "a", "[b", "BYLEX"),
            List.of("ZRANGE", key, "(x", "1", "BYSCORE"),
            List.of("ZRANGEBYSCORE", key, "0", "nan"),
            List.of("ZREVRANGE", key, "0", "1", "LIMIT"),
            List.of("ZPOPMIN", key, "x"),
            List.of("ZPOPMAX", key, "1", "2"),
            List.of("CLIENT", "GETNAME"),
            List.of("CLIENT", "SETNAME", "with space"),
            List.of("NOSUCHCOMMAND", "a", "b"),
            List.of("ZCARD", "nothing"),
            List.of("ZRANK", "nothing", "a"),
            List.of("ZRANGE", "nothing", "0", "-1"),
            List.of("ZMSCORE", "nothing", "a", "b"),
            List.of("ZREM", "nothing", "a"),
            List.of("ZADD", "nothing", "XX", "1", "a"),
            List.of("ZPOPMIN", "nothing")));
  }

  private static <T> T one(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static void optionally(Random random, List<String> words, String word) {
    if (random.nextInt(3) == 0) {
      words.add(word);
    }
  }

  private static void limit(Random random, List<String> words) {
    if (random.nextInt(3) == 0) {
      words.addAll(
          List.of(
              "LIMIT",
              Integer.toString(random.nextInt(6) - 1),
              Integer.toString(random.nextInt(8) - 2)));
    }
  }

  private static String member(Random random) {
    String name = "m" + random.nextInt(30);
    return switch (random.nextInt(6)) {
      case 0 -> "a longer name with the same beginning " + name;
      case 1 -> "m\u00e9mb\u00e8r-\ud83c\udfc6" + name;
      case 2 -> "abcdefg" + "h".repeat(random.nextInt(4)) + random.nextInt(3);
      default -> name;
    };
  }

  /** Few values, so that many are equal; -0 is left out, which counts as 0 on a board. */
  private static String score(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> one(random, List.of("inf", "-inf", "+inf", "infinity"));
      case 1 -> Double.toString(random.nextGaussian() * 1000);
      case 2 -> Long.toString(random.nextLong(1L << 60));
      case 3 -> one(random, List.of("1e3", "0.1", "+5", "1e-7", "1.5e300", ".5", "5."));
      default -> Integer.toString(random.nextInt(8) - 3);
    };
  }

  private static String bound(Random random) {
    String bound = random.nextInt(5) == 0 ? one(random, List.of("-inf", "+inf")) : score(random);
    return random.nextInt(3) == 0 ? "(" + bound : bound;
  }

  private static String lex(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> "-";
      case 1 -> "+";
      case 2 -> "[" + member(random);
      case 3 -> "(" + member(random);
      case 4 -> "[m1";
      default -> "(" + (char) ('a' + random.nextInt(20));
    };
  }

  private static String index(Random random) {
    return Integer.toString(random.nextInt(60) - 30);
  }
}
