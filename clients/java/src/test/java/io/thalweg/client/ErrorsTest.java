package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import io.thalweg.access.identities.ApiKeyIdentities;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.Permission;
import io.thalweg.contract.Access;
import io.thalweg.gateway.Security;
import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every kind of refusal, as a program meets it. */
class ErrorsTest {
  private static LiveServer server;
  private static ThalwegClient client;

  @BeforeAll
  static void start() {
    server = new LiveServer();
    client = ThalwegClient.at(server.url()).open();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ThalwegException failure(Supplier<PendingReply<?>> request) {
    return catchThrowableOfType(ThalwegException.class, () -> request.get().await());
  }

  private static LeaderboardClient boards() {
    return client.leaderboard();
  }

  @Test
  void aFieldOutOfBoundsIsNamed() {
    ThalwegException e =
        failure(() ->
            boards()
                .submitScore(SubmitScoreRequest.newBuilder().setBoard("b").setMember("").build()));
    assertThat(e.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(e.fieldViolations())
        .extracting(FieldViolation::field)
        .containsExactly("member", "score");
    assertThat(e.outcomeUnknown()).isFalse();
    assertThat(e.attempts()).isEqualTo(1);
    assertThat(e).hasMessageContaining("SubmitScore: INVALID_ARGUMENT: member must have 1 to 128");
  }

  @Test
  void refusalsOfTheLeaderboardHaveTheirCodes() {
    boards().submitScore("codes", "ana", 1).await();
    assertThat(failure(() -> boards().getEntry("codes", "nobody")).code())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(
            failure(() ->
                    boards()
                        .createBoard(
                            CreateBoardRequest.newBuilder()
                                .setBoard("codes")
                                .setSettings(BoardSettings.newBuilder().setOrder(Order.LOW_FIRST))
                                .build()))
                .code())
        .isEqualTo(Code.ALREADY_EXISTS);
    SubmitScoreRequest.Builder score =
        SubmitScoreRequest.newBuilder().setMember("ana").setOperator(Operator.SUM);
    assertThat(
            failure(() -> boards().submitScore(score.setBoard("codes").setScore(1).build())).code())
        .isEqualTo(Code.FAILED_PRECONDITION);
    boards().submitScore(score.setBoard("sum").setScore(Double.MAX_VALUE).build()).await();
    assertThat(failure(() -> boards().submitScore(score.build())).code())
        .isEqualTo(Code.OUT_OF_RANGE);
    assertThat(
            failure(() ->
                    boards()
                        .submitScores(
                            SubmitScoresRequest.newBuilder()
                                .setBoard("codes")
                                .addScores(Score.newBuilder().setMember("a").setScore(1))
                                .setImport(
                                    ImportStep.newBuilder()
                                        .setSource("s")
                                        .setAfterRow(5)
                                        .setLastRow(6))
                                .build()))
                .code())
        .isEqualTo(Code.ABORTED);
    assertThat(
            failure(() ->
                    boards()
                        .listEntries(
                            ListEntriesRequest.newBuilder()
                                .setBoard("codes")
                                .setPageToken("none")
                                .build()))
                .code())
        .isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void whatIsTooLargeIsRefusedForGood() {
    ThalwegException e = failure(() -> boards().getEntry("b", "x".repeat(3 << 20)));
    assertThat(e.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(e.retryDelay()).isEmpty();
    assertThat(e.attempts()).isEqualTo(1);
  }

  @Test
  void aNameOfAnotherRequestIsRefused() {
    LeaderboardClient named = boards().with(CallSettings.none().withName("once"));
    named.submitScore("names", "ana", 1).await();
    ThalwegException e = failure(() -> named.submitScore("names", "ana", 2));
    assertThat(e.code()).isEqualTo(Code.ALREADY_EXISTS);
    assertThat(e.requestName()).contains("once");
  }

  @Test
  void aFutureFailsWithTheSameException() {
    AtomicReference<Throwable> seen = new AtomicReference<>();
    CompletionException e =
        catchThrowableOfType(
            CompletionException.class,
            () ->
                boards()
                    .getEntry("b", "nobody")
                    .whenComplete((entry, failure) -> seen.set(failure))
                    .join());
    assertThat(e.getCause()).isInstanceOf(ThalwegException.class).isSameAs(seen.get());
  }

  @Test
  void whoIsOverALimitComesBackWhenTheServerSays() {
    Heard heard = new Heard();
    Security limited = Security.open().withLimits(new Security.Limits(40, 0, 0, 0));
    try (LiveServer own = new LiveServer(node -> limited);
        ThalwegClient patient =
            ThalwegClient.at(own.url())
                .listener(heard)
                .timeout(java.time.Duration.ofMinutes(1))
                .retries(new Retries(100, 1, 10, 100, 1_000))
                .open();
        ThalwegClient hasty = ThalwegClient.at(own.url()).retries(Retries.none()).open()) {
      List<PendingReply<?>> replies = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        replies.add(patient.leaderboard().submitScore("limit", "m" + i, i));
      }
      replies.forEach(PendingReply::await);
      assertThat(heard.retried).hasPositiveValue();
      ThalwegException refused = null;
      while (refused == null) {
        refused = failure(() -> hasty.leaderboard().submitScore("limit", "ana", 1));
      }
      assertThat(refused.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(refused.retryDelay()).isPresent();
      assertThat(refused.outcomeUnknown()).isFalse();
    }
  }

  @Test
  void whoDoesNotProveWhoTheyAreOrMayNotHearsSo() {
    try (LiveServer own =
        new LiveServer(node -> Security.open().withIdentities(new ApiKeyIdentities(node), true))) {
      String reader = key(own.node(), "reader", Access.READ);
      try (ThalwegClient nobody = ThalwegClient.at(own.url()).open();
          ThalwegClient wrong = ThalwegClient.at(own.url()).apiKey("tw_wrong_1_x").open();
          ThalwegClient right = ThalwegClient.at(own.url()).token(() -> reader).open();
          ThalwegClient without =
              ThalwegClient.at(own.url())
                  .token(() -> {
                    throw new IllegalStateException("the vault is shut");
                  })
                  .open()) {
        assertThat(failure(() -> nobody.leaderboard().getBoard("b")).code())
            .isEqualTo(Code.UNAUTHENTICATED);
        assertThat(failure(() -> wrong.leaderboard().getBoard("b")).code())
            .isEqualTo(Code.UNAUTHENTICATED);
        assertThat(failure(() -> without.leaderboard().getBoard("b")))
            .hasMessageContaining("the vault is shut");
        assertThat(failure(() -> right.leaderboard().getBoard("b")).code())
            .isEqualTo(Code.NOT_FOUND);
        assertThat(failure(() -> right.leaderboard().submitScore("b", "ana", 1)).code())
            .isEqualTo(Code.PERMISSION_DENIED);
        // Whether it is up is told to everybody.
        assertThat(nobody.ready().await()).isTrue();
      }
    }
  }

  private static String key(Node node, String name, Access access) {
    return node.call(
            new Request(
                CreateApiKeyRequest.newBuilder()
                    .setKey(name)
                    .addPermissions(
                        Permission.newBuilder()
                            .setService("leaderboard")
                            .addAllAccess(Set.of(access)))
                    .build(),
                new Caller(0, "test"),
                null,
                Long.MAX_VALUE),
            CreateApiKeyResponse.class)
        .getSecret();
  }
}
