package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.AnnotationsProto;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.thalweg.gateway.Web.Answer;
import io.thalweg.leaderboard.v1.LeaderboardProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every path of the leaderboard's contract, over HTTP, on a real node. */
@Timeout(120)
class LeaderboardHttpTest {
  private static final AtomicInteger BOARDS = new AtomicInteger();

  private static RunningNode node;
  private static Web web;

  /** A board of its own for each test: its path. */
  private final String board = "/v1/boards/b" + BOARDS.incrementAndGet();

  @BeforeAll
  static void start() {
    node = new RunningNode();
    web = new Web(node.port());
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  @Test
  void theFirstPageListsTheMethodsOnceInTheOrderOfTheContract() {
    String page = web.get("/").is(200).http().body();

    List<String> headings =
        Pattern.compile("<h3>(.*?)</h3>").matcher(page).results().map(m -> m.group(1)).toList();
    assertThat(headings)
        .isEqualTo(
            LeaderboardProto.getDescriptor().findServiceByName("Leaderboards").getMethods().stream()
                // The others are for messages and timers.
                .filter(method -> method.getOptions().hasExtension(AnnotationsProto.http))
                .map(MethodDescriptor::getName)
                .toList());
    assertThat(page)
        .contains(
            "entries:batchGet' --json '{...}'</pre>\n"
                + "<pre>curl 'http://HOST:PORT/v1/boards/{board}/entries:batchGet'</pre>");
  }

  @Test
  void aScoreIsSubmittedAndRanked() {
    Answer answer = submit("alice", 4200);

    assertThat(answer.json().toString())
        .isEqualTo("{\"member\":\"alice\",\"score\":4200,\"rank\":1}");
    assertThat(answer.header("thalweg-position")).matches("\\d+-\\d+-\\d+");
    assertThat(submit("bob", 9000.5).at("/rank").asInt()).isEqualTo(1);
    assertThat(submit("alice", 1).json().toString())
        .isEqualTo("{\"member\":\"alice\",\"score\":4200,\"rank\":2}");
  }

  @Test
  void aBatchIsSubmitted() {
    Answer answer =
        web.post(
                board + "/scores:batch",
                "{\"scores\":[{\"member\":\"a\",\"score\":1},{\"member\":\"b\",\"score\":2}]}")
            .is(200);

    assertThat(answer.at("/applied").asBoolean()).isTrue();
    assertThat(answer.at("/importRow").asText()).isEqualTo("0");
    assertThat(answer.at("/results")).hasSize(2);
    assertThat(answer.at("/results/0/rank").asInt()).isEqualTo(2);
  }

  @Test
  void entriesAreListedPageByPage() {
    for (int i = 1; i <= 5; i++) {
      submit("m" + i, i);
    }

    Answer first = web.get(board + "/entries?page_size=2&page_token=").is(200);
    assertThat(members(first)).containsExactly("m5", "m4");
    String token = first.at("/nextPageToken").asText();
    Answer second = web.get(board + "/entries?pageSize=2&pageToken=" + Web.encode(token)).is(200);
    assertThat(members(second)).containsExactly("m3", "m2");
    token = second.at("/nextPageToken").asText();
    Answer last = web.get(board + "/entries?page_size=2&page_token=" + Web.encode(token)).is(200);
    assertThat(members(last)).containsExactly("m1");
    assertThat(last.at("/nextPageToken").isTextual()).isTrue();
    assertThat(last.at("/nextPageToken").asText()).isEmpty();

    JsonNode top = first.at("/entries/0");
    assertThat(top.fieldNames())
        .toIterable()
        .containsExactly("member", "score", "rank", "percentile", "reachTime");
    assertThat(top.at("/percentile").asDouble()).isEqualTo(100);
    assertThat(top.at("/reachTime").asText()).matches("20\\d\\d-.*Z");
  }

  @Test
  void entriesAreListedFromARankAndWithinScores() {
    for (int i = 1; i <= 5; i++) {
      submit("m" + i, i);
    }

    assertThat(members(web.get(board + "/entries?from_rank=4").is(200)))
        .containsExactly("m2", "m1");
    assertThat(members(web.get(board + "/entries?minScore=2&max_score=3.5").is(200)))
        .containsExactly("m3", "m2");
    assertThat(web.get(board + "/entries:count").is(200).at("/count").asInt()).isEqualTo(5);
    assertThat(web.get(board + "/entries:count?min_score=4").is(200).at("/count").asInt())
        .isEqualTo(2);
  }

  @Test
  void aBoardIsUsedAsASortedSet() {
    Answer put =
        web.post(board + "/scores:put", "{\"members\":[\"a\",\"b\",\"c\"],\"scores\":[1,2,3]}");
    assertThat(put.is(200).at("/added").asInt()).isEqualTo(3);
    Answer place = web.get(board + "/entries/b:place?reverse=true").is(200);
    assertThat(place.at("/found").asBoolean()).isTrue();
    assertThat(place.at("/position").asInt()).isEqualTo(1);
    Answer range = web.get(board + "/entries:range?of=SCORES&minScore=2&maxScore=Infinity");
    assertThat(range.is(200).at("/members").toString()).isEqualTo("[\"b\",\"c\"]");
    Answer pop = web.post(board + "/entries:pop", "{\"highest\":true,\"count\":1}");
    assertThat(pop.is(200).at("/members/0").asText()).isEqualTo("c");
    Answer removed = web.post(board + "/entries:remove", "{\"members\":[\"a\",\"x\"]}");
    assertThat(removed.is(200).at("/removed").asInt()).isEqualTo(1);
    assertThat(web.get(board + "/entries/a:place").is(200).at("/found").asBoolean()).isFalse();
  }

  @Test
  void oneEntryItsNeighboursAndFriendsAreRead() {
    for (int i = 1; i <= 5; i++) {
      submit("m" + i, i);
    }

    assertThat(web.get(board + "/entries/m4").is(200).at("/rank").asInt()).isEqualTo(2);
    assertThat(members(web.get(board + "/entries/m3:around?count=1").is(200)))
        .containsExactly("m4", "m3", "m2");
    assertThat(
            members(
                web.post(board + "/entries:batchGet", "{\"members\":[\"m1\",\"x\",\"m5\"]}")
                    .is(200)))
        .containsExactly("m5", "m1");
    assertThat(members(web.get(board + "/entries:batchGet?members=m1&members=m2").is(200)))
        .containsExactly("m2", "m1");
  }

  @Test
  void aMemberIsRemoved() {
    submit("a", 1);

    assertThat(web.method("DELETE", board + "/entries/a", "").is(200).json()).isEmpty();

    web.get(board + "/entries/a").isError(404, "NOT_FOUND", "no member 'a'");
    web.method("DELETE", board + "/entries/a", "").isError(404, "NOT_FOUND", "no member 'a'");
  }

  @Test
  void aBoardIsCreatedReadChangedResetListedAndDeleted() {
    Answer created =
        web.post(board, "{\"settings\":{\"order\":\"LOW_FIRST\",\"memberCap\":3}}").is(200);
    assertThat(created.at("/settings/order").asText()).isEqualTo("LOW_FIRST");
    assertThat(created.at("/settings/operator").asText()).isEqualTo("BEST");
    assertThat(created.at("/memberCount").isInt()).isTrue();
    web.post(board, "{\"settings\":{\"order\":\"HIGH_FIRST\"}}").isError(409, "ALREADY_EXISTS");

    submit("a", 1);
    assertThat(web.get(board).is(200).at("/memberCount").asInt()).isEqualTo(1);
    assertThat(
            web.method("PATCH", board, "{\"ranking\":\"DENSE\"}").is(200).at("/settings/ranking"))
        .hasToString("\"DENSE\"");
    web.method("PATCH", board, "{\"order\":\"HIGH_FIRST\"}").isError(400, "FAILED_PRECONDITION");
    assertThat(web.method("POST", board + ":reset", "").is(200).at("/memberCount").asInt())
        .isZero();
    assertThat(web.get("/v1/boards?page_size=1000").is(200).at("/boards").findValuesAsText("board"))
        .contains(board.substring("/v1/boards/".length()));
    assertThat(web.method("DELETE", board, "").is(200).at("/memberCount").asInt()).isZero();
    web.get(board).isError(404, "NOT_FOUND", "no board");
  }

  @Test
  void aScoreIsSubmittedToSeveralBoards() {
    String name = board.substring("/v1/boards/".length());
    Answer accepted =
        web.post(
                "/v1/members/ana/scores",
                "{\"boards\":[\"" + name + "-week\",\"" + name + "-ever\"],\"score\":3}")
            .is(200);
    assertThat(accepted.json().toString())
        .isEqualTo("{\"member\":\"ana\",\"boards\":[\"" + name + "-week\",\"" + name + "-ever\"]}");
    for (String each : List.of("-week", "-ever")) {
      Answer entry = web.get(board + each + "/entries/ana");
      while (entry.http().statusCode() == 404) {
        entry = web.get(board + each + "/entries/ana");
      }
      assertThat(entry.is(200).at("/score").asInt()).isEqualTo(3);
    }
    web.post("/v1/members/ana/scores", "{\"boards\":[\"a\",\"a\"],\"score\":3}")
        .isError(400, "INVALID_ARGUMENT", "boards[1] must name each board once");
  }

  @Test
  void seasonsAreListedAndReadWithTheirEntries() {
    Answer created =
        web.post(
                board,
                "{\"settings\":{\"resetSchedule\":"
                    + "{\"cron\":\"0 0 1 * *\",\"timeZone\":\"Europe/Berlin\"}}}")
            .is(200);
    assertThat(created.at("/nextResetTime").asText()).endsWith(":00:00Z");
    submit("ana", 7);
    web.method("POST", board + ":reset", "").is(200);

    Answer seasons = web.get(board + "/seasons?page_size=5").is(200);
    assertThat(seasons.at("/seasons")).hasSize(1);
    assertThat(seasons.at("/seasons/0")).isEqualTo(web.get(board + "/seasons/1").is(200).json());
    assertThat(seasons.at("/seasons/0/memberCount").asInt()).isEqualTo(1);
    assertThat(members(web.get(board + "/seasons/1/entries").is(200))).containsExactly("ana");
    web.get(board + "/seasons/2").isError(404, "NOT_FOUND", "no season '2'");
    web.get(board + "/seasons/0").isError(400, "INVALID_ARGUMENT", "season must be at least 1");
    web.method("PATCH", board, "{\"resetSchedule\":{\"cron\":\"0 0 * *\"}}")
        .isError(400, "INVALID_ARGUMENT", "reset_schedule.cron must be five fields");
    assertThat(
            web.method("PATCH", board, "{\"resetSchedule\":{}}")
                .is(200)
                .json()
                .has("nextResetTime"))
        .isFalse();
  }

  @Test
  void anImportMarkIsRead() {
    web.post(
            board + "/scores:batch",
            "{\"scores\":[{\"member\":\"a\",\"score\":1}],"
                + "\"import\":{\"source\":\"s/1\",\"afterRow\":\"0\",\"lastRow\":7}}")
        .is(200);

    Answer mark = web.get(board + "/imports/s%2F1").is(200);
    assertThat(mark.json().toString()).isEqualTo("{\"source\":\"s/1\",\"row\":\"7\"}");
  }

  @ParameterizedTest
  @CsvSource({"a/b", "x:around", "100%", "'Ünï cödé 😀'", "a+b&c=d?e#f", "..."})
  void namesOfAnyCharactersAreServed(String member) {
    String path = board + "%2F%3Areset/entries/" + Web.encode(member);
    web.post(board + "%2F%3Areset/scores", "{\"member\":" + Web.quoted(member) + ",\"score\":1}")
        .is(200);

    assertThat(web.get(path).is(200).at("/member").asText()).isEqualTo(member);
    assertThat(members(web.get(path + ":around").is(200))).containsExactly(member);
    web.method("DELETE", path, "").is(200);
    web.get(path).isError(404, "NOT_FOUND");
  }

  @Test
  void aRetryUnderTheSameNameIsExecutedOnce() {
    web.post(board, "{\"settings\":{\"operator\":\"SUM\"}}").is(200);
    String key = "key-" + board;

    Answer first = submitNamed(key, 5).is(200);
    Answer again = submitNamed(key, 5).is(200);

    assertThat(again.json()).isEqualTo(first.json());
    assertThat(web.get(board + "/entries/a").is(200).at("/score").asDouble()).isEqualTo(5);
    Answer changed = submitNamed(key, 6);
    assertThat(changed.http().statusCode()).isBetween(400, 409);
    assertThat(web.get(board + "/entries/a").is(200).at("/score").asDouble()).isEqualTo(5);
  }

  private Answer submitNamed(String key, int score) {
    return web.post(
        board + "/scores", "{\"member\":\"a\",\"score\":" + score + "}", "Idempotency-Key", key);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/scores|{'member':'','score':1}|400|INVALID_ARGUMENT|member must have 1 to 128 bytes",
        "/scores|{'member':'LONG','score':1}|400|INVALID_ARGUMENT|member must have 1 to 128 bytes",
        "/scores|{'score':1}|400|INVALID_ARGUMENT|member must have 1 to 128 bytes",
        "/scores|{'member':'x'}|400|INVALID_ARGUMENT|score must be given",
        "/scores|{'member':'x','score':null}|400|INVALID_ARGUMENT|score must be given",
        "/scores|{'member':'x','score':NaN}|400|INVALID_ARGUMENT|score must be a finite number",
        "/scores|{'member':'x','score':'NaN'}|400|INVALID_ARGUMENT|score must be a finite number",
        "/scores|{'member':'x','score':'Infinity'}|400|INVALID_ARGUMENT|score must be a finite",
        "/scores|{'member':'x','score':-Infinity}|400|INVALID_ARGUMENT|score must be a finite",
        "/scores|{'member':'x','score':1e999}|400|INVALID_ARGUMENT|score must be a finite number",
        "/scores|{'member':'x','score':'ten'}|400|INVALID_ARGUMENT|score must be a number",
        "/scores|{'member':7,'score':1}|400|INVALID_ARGUMENT|member must be a string",
        "/scores|{'member':'x','score':1,'sc':2}|400|INVALID_ARGUMENT|sc is not a field",
        "/scores|{'member':'x','score':1,'operator':'SUM'}|400|FAILED_PRECONDITION|operator",
        "/scores|{'member':'x','score':1,'operator':'ADD'}|400|INVALID_ARGUMENT|operator must be",
        "/scores|{'member':'x','score':1,'board':'no'}|400|INVALID_ARGUMENT|board in the body",
        "/scores|{'member':'x','score':1|400|INVALID_ARGUMENT|body must be JSON; malformed at line",
        "/scores|['x']|400|INVALID_ARGUMENT|body must be a JSON object",
        "/scores?member=x|{'score':1}|400|INVALID_ARGUMENT|member is not a query parameter",
        "/scores:batch|{'scores':[]}|400|INVALID_ARGUMENT|scores must have 1 to 1000 elements",
        "/scores:batch|{'scores':[{'member':'x','score':1},{'member':''}]}|400|INVALID_ARGUMENT"
            + "|scores[1].member must have 1 to 128 bytes",
        "/entries:batchGet|{'members':[]}|400|INVALID_ARGUMENT|members must have 1 to 1000",
        "/scores:batches|{}|404|NOT_FOUND|there is nothing at",
      })
  void wrongInputIsRefusedNamingFieldAndBoundAndChangesNothing(
      String path, String body, int status, String code, String problem) {
    submit("alice", 1);
    String before = state();

    web.post(board + path, body.replace('\'', '"').replace("LONG", "x".repeat(129)))
        .isError(status, code, problem);

    assertThat(state()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?page_size=0|page_size must be from 1 to 1000; got 0",
        "?page_size=1001|page_size must be from 1 to 1000; got 1001",
        "?pageSize=many|page_size must be a whole number; got 'many'",
        "?page_size=|page_size must be a whole number; got ''",
        "?from_rank=0|from_rank must be at least 1; got 0",
        "?min_score=NaN|min_score must be a finite number",
        "?page_token=nonsense|page_token must be from an earlier answer",
        "?page=2|page is not a query parameter; there are page_size, page_token",
      })
  void aWrongQueryIsRefusedNamingParameterAndBound(String query, String problem) {
    submit("alice", 1);

    web.get(board + "/entries" + query).isError(400, "INVALID_ARGUMENT", problem);
  }

  @Test
  void aPageTokenOfAnotherQueryIsRefused() {
    submit("a", 1);
    submit("b", 2);
    String token = web.get(board + "/entries?page_size=1").is(200).at("/nextPageToken").asText();
    submitTo(board + "x", "a", 1);

    web.get(board + "x/entries?page_size=1&page_token=" + Web.encode(token))
        .isError(400, "INVALID_ARGUMENT", "page_token");
    web.get(board + "/entries?min_score=0&page_token=" + Web.encode(token))
        .isError(400, "INVALID_ARGUMENT", "page_token");
  }

  @Test
  void anEmptyOrOverLongBoardNameIsRefused() {
    web.get("/v1/boards/").isError(400, "INVALID_ARGUMENT", "board must have 1 to 128 bytes");
    web.post("/v1/boards//scores", "{\"member\":\"x\",\"score\":1}")
        .isError(400, "INVALID_ARGUMENT", "board must have 1 to 128 bytes of UTF-8; got 0");
    web.get("/v1/boards/" + "%C3%9C".repeat(65))
        .isError(400, "INVALID_ARGUMENT", "board must have 1 to 128 bytes of UTF-8; got 130")
        .names("board");
  }

  @Test
  void anUnknownBoardIsNotFound() {
    web.get(board).isError(404, "NOT_FOUND", "no board");
    web.get(board + "/entries").isError(404, "NOT_FOUND", "no board");
    web.get(board + "/entries/a").isError(404, "NOT_FOUND", "no board");
    web.get(board + "/entries/a:around").isError(404, "NOT_FOUND", "no board");
    web.method("DELETE", board, "").isError(404, "NOT_FOUND", "no board");
  }

  @Test
  void anOversizeBodyIsRefusedAndChangesNothing() {
    submit("alice", 1);
    String before = state();

    web.post(board + "/scores", "{\"member\":\"" + "x".repeat(2 << 20) + "\",\"score\":1}")
        .isError(413, "INVALID_ARGUMENT", "at most 2097152 bytes");

    assertThat(state()).isEqualTo(before);
  }

  @Test
  void aThousandConcurrentClientsAreAnswered() throws Exception {
    int clients = 1000;
    try (RawClients connections = new RawClients(node.port(), clients)) {
      List<String> answers = connections.submitAll(board + "/scores");

      assertThat(answers).hasSize(clients).allMatch(a -> a.startsWith("HTTP/1.1 200 "));
    }
    Set<String> seen = new HashSet<>();
    seen.addAll(members(web.get(board + "/entries?page_size=1000").is(200)));
    assertThat(seen).hasSize(clients);
    assertThat(web.get(board).is(200).at("/memberCount").asInt()).isEqualTo(clients);
  }

  @Test
  void requestsAreAnsweredOverHttp2OnTheSamePort() throws Exception {
    try (Web http2 = Web.http2(node.port())) {
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        answers.add(
            http2.postAsync(board + "/scores", "{\"member\":\"m" + i + "\",\"score\":" + i + "}"));
      }
      for (CompletableFuture<Answer> answer : answers) {
        answer.get(60, TimeUnit.SECONDS).is(200);
      }
      Answer large =
          http2.postAsync(board + "/scores:batch", batch(1000)).get(60, TimeUnit.SECONDS).is(200);
      assertThat(large.at("/results")).hasSize(1000);
      assertThat(large.http().version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
    }
  }

  private static String batch(int count) {
    StringBuilder json = new StringBuilder("{\"scores\":[");
    for (int i = 0; i < count; i++) {
      json.append(i == 0 ? "" : ",").append("{\"member\":\"member-number-").append(i);
      json.append("\",\"score\":").append(i).append('}');
    }
    return json.append("]}").toString();
  }

  private String state() {
    return web.get(board).is(200).http().body() + web.get(board + "/entries").is(200).http().body();
  }

  private Answer submit(String member, double score) {
    return submitTo(board, member, score);
  }

  private static Answer submitTo(String path, String member, double score) {
    return web.post(path + "/scores", "{\"member\":\"" + member + "\",\"score\":" + score + "}")
        .is(200);
  }

  private static List<String> members(Answer answer) {
    return answer.at("/entries").findValuesAsText("member");
  }
}
