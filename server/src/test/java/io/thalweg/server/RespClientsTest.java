package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ZAddParams;
import redis.clients.jedis.params.ZRangeParams;
import redis.clients.jedis.resps.Tuple;

/** Clients of Redis, as they are, against a node. */
class RespClientsTest {
  private static final String IOREDIS =
      """
      const Redis = require('ioredis');
      const redis = new Redis(+process.argv[1], '127.0.0.1', {connectionName: 'test'});
      (async () => {
        const say = [];
        say.push(await redis.zadd('io', 'GT', 'CH', 3, 'ana', 1.5, 'bo'));
        say.push(await redis.zincrby('io', 2, 'bo'));
        say.push(await redis.zrange('io', 0, -1, 'WITHSCORES'));
        say.push(await redis.zrevrank('io', 'ana'));
        say.push(await redis.zscore('io', 'nobody'));
        const many = redis.pipeline();
        for (let i = 0; i < 3000; i++) many.zadd('many', i, 'm' + i);
        say.push((await many.exec()).filter(([e, n]) => e === null && n === 1).length);
        say.push(await redis.zcard('many'));
        try { await redis.get('io'); } catch (e) { say.push(e.message.split(',')[0]); }
        console.log(JSON.stringify(say));
        await redis.quit();
      })();
      """;

  @TempDir static Path data;
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = TestNode.withResp(data);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Jedis jedis(RedisProtocol protocol) {
    return new Jedis(
        new HostAndPort("127.0.0.1", node.respPort()),
        DefaultJedisClientConfig.builder().protocol(protocol).clientName("test").build());
  }

  @Test
  void jedisKeepsAScoreboardInVersion2() {
    keepsAScoreboard(RedisProtocol.RESP2, "board2");
  }

  @Test
  void jedisKeepsAScoreboardInVersion3() {
    keepsAScoreboard(RedisProtocol.RESP3, "board3");
  }

  private static void keepsAScoreboard(RedisProtocol protocol, String board) {
    try (Jedis jedis = jedis(protocol)) {
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.zadd(board, 10, "ana")).isEqualTo(1);
      assertThat(jedis.zadd(board, 10, "Jos\u00e9")).isEqualTo(1);
      assertThat(jedis.zadd(board, 5, "ana", ZAddParams.zAddParams().gt())).isZero();
      assertThat(jedis.zincrby(board, 0.25, "ana")).isEqualTo(10.25);
      assertThat(jedis.zadd(board, Double.POSITIVE_INFINITY, "zoe")).isEqualTo(1);
      assertThat(jedis.zscore(board, "zoe")).isEqualTo(Double.POSITIVE_INFINITY);
      assertThat(jedis.zscore(board, "nobody")).isNull();
      assertThat(jedis.zrevrank(board, "ana")).isEqualTo(1);
      assertThat(jedis.zmscore(board, "ana", "nobody")).containsExactly(10.25, null);
      assertThat(jedis.zrange(board, ZRangeParams.zrangeParams(0, 1)))
          .containsExactly("Jos\u00e9", "ana");
      assertThat(jedis.zrangeWithScores(board, 0, 0)).containsExactly(new Tuple("Jos\u00e9", 10.0));
      assertThat(reversed(jedis, board)).containsExactly("zoe", "ana", "Jos\u00e9");
      assertThat(jedis.zcount(board, 10, 11)).isEqualTo(2);
      assertThat(jedis.zpopmax(board)).isEqualTo(new Tuple("zoe", Double.POSITIVE_INFINITY));
      assertThat(jedis.zrem(board, "ana", "nobody")).isEqualTo(1);
      assertThat(jedis.exists(board)).isTrue();
      assertThat(jedis.type(board)).isEqualTo("zset");
      assertThat(jedis.del(board)).isEqualTo(1);
      assertThat(jedis.exists(board)).isFalse();
      assertThatThrownBy(() -> jedis.get(board))
          .isInstanceOf(JedisDataException.class)
          .hasMessageContaining("unknown command 'GET'");
    }
  }

  private static List<String> reversed(Jedis jedis, String board) {
    return jedis.zrange(board, ZRangeParams.zrangeParams(0, -1).rev());
  }

  @Test
  void repliesToAPipelineComeInOrder() {
    try (Jedis jedis = jedis(RedisProtocol.RESP3)) {
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> added = new ArrayList<>();
      List<Response<Double>> scores = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        added.add(pipeline.zadd("board-" + i % 7, i, "member-" + i));
        scores.add(pipeline.zscore("board-" + i % 7, "member-" + i));
      }
      pipeline.sync();
      for (int i = 0; i < 5000; i++) {
        assertThat(added.get(i).get()).isEqualTo(1);
        assertThat(scores.get(i).get()).isEqualTo(i);
      }
    }
  }

  @Test
  void aWrongPasswordIsRefusedInTheWordsOfRedis() {
    try (Jedis jedis = jedis(RedisProtocol.RESP2)) {
      assertThatThrownBy(() -> jedis.auth("secret"))
          .isInstanceOf(JedisAccessControlException.class)
          .hasMessageStartingWith("WRONGPASS");
      assertThat(jedis.ping()).isEqualTo("PONG");
    }
  }

  @Test
  void aBoardOfAnotherKindIsReadButNotSet() throws Exception {
    node.post("/v1/boards/goals/scores", "{\"member\":\"ana\",\"score\":3}");
    node.post("/v1/boards/goals/scores", "{\"member\":\"bo\",\"score\":5}");
    try (Jedis jedis = jedis(RedisProtocol.RESP2)) {
      assertThat(reversed(jedis, "goals")).containsExactly("bo", "ana");
      assertThat(jedis.zrank("goals", "ana")).isZero();
      assertThat(jedis.zscore("goals", "ana")).isEqualTo(3);
      assertThatThrownBy(() -> jedis.zadd("goals", 9, "ana"))
          .hasMessageStartingWith(
              "WRONGTYPE Operation against a key holding the wrong kind of value");
      assertThat(jedis.zrem("goals", "ana")).isEqualTo(1);
    }
  }

  @Test
  void aBoardThatWasSetIsABoardOverHttpToo() throws Exception {
    try (Jedis jedis = jedis(RedisProtocol.RESP2)) {
      jedis.zadd("shared", 2, "bo");
      jedis.zadd("shared", 2, "ana");
      jedis.zadd("shared", 2, "abacus");
    }
    assertThat(node.get("/v1/boards/shared"))
        .contains("\"LOW_FIRST\"", "\"LAST\"", "\"BY_NAME\"", "\"memberCount\":3");
    String page = node.get("/v1/boards/shared/entries?pageSize=2");
    assertThat(page).containsSubsequence("\"abacus\"", "\"ana\"").doesNotContain("\"bo\"");
    String token = page.replaceAll(".*\"nextPageToken\":\"([^\"]*)\".*", "$1");
    assertThat(node.get("/v1/boards/shared/entries?pageSize=2&pageToken=" + token))
        .contains("\"bo\"")
        .doesNotContain("\"ana\"");
  }

  @Test
  void theLastOfTiesIsFoundAfterARestart(@TempDir Path own) throws IOException {
    try (TestNode first = TestNode.withResp(own);
        RespSocket socket = new RespSocket(first.respPort())) {
      socket.ask("ZADD", "ties", "1", "b", "1", "c", "1", "a", "0", "z");
    }
    try (TestNode second = TestNode.withResp(own);
        RespSocket socket = new RespSocket(second.respPort())) {
      assertThat(socket.ask("ZRANGE", "ties", "0", "-1")).isEqualTo("[z, a, b, c]");
      assertThat(socket.ask("ZREM", "ties", "b", "a")).isEqualTo("(integer) 2");
      assertThat(socket.ask("ZRANK", "ties", "c", "WITHSCORE")).isEqualTo("[(integer) 1, 1]");
    }
  }

  @Test
  void redisCliPrintsARange() throws Exception {
    String port = Integer.toString(node.respPort());
    run("redis-cli", "-p", port, "ZADD", "cli", "1", "one", "2", "two", "0.1", "tenth");
    assertThat(run("redis-cli", "-p", port, "ZRANGE", "cli", "0", "-1", "WITHSCORES"))
        .isEqualTo("tenth\n0.1\none\n1\ntwo\n2\n");
    assertThat(run("redis-cli", "-3", "-p", port, "ZSCORE", "cli", "tenth")).isEqualTo("0.1\n");
  }

  @Test
  void redisBenchmarkRuns() throws Exception {
    String out =
        run(
            "redis-benchmark",
            "-p",
            Integer.toString(node.respPort()),
            "-t",
            "ping,zadd,zpopmin",
            "-n",
            "2000",
            "-r",
            "1000",
            "-P",
            "16",
            "-q");
    assertThat(out).contains("PING_INLINE", "PING_MBULK", "ZADD", "ZPOPMIN");
    assertThat(out.lines().filter(line -> line.contains("requests per second"))).hasSize(4);
  }

  @Test
  void ioredisWorks() throws Exception {
    boolean there = works("node", "-e", "require('ioredis')");
    if (!there) {
      System.err.println("SKIPPED: no ioredis that node finds (NODE_PATH) to try with");
    }
    assumeTrue(there, "ioredis is not installed");
    assertThat(run("node", "-e", IOREDIS, Integer.toString(node.respPort())))
        .isEqualTo(
            "[2,\"3.5\",[\"ana\",\"3\",\"bo\",\"3.5\"],1,null,3000,3000,"
                + "\"ERR unknown command 'get'\"]\n");
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }

  private static String run(String... command) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException notInstalled) {
      System.err.println("SKIPPED: there is no " + command[0] + " here to try with");
      assumeTrue(false, command[0] + " is not installed");
      return "";
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
    return out;
  }
}
