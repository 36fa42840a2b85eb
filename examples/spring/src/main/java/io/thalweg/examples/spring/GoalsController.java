package io.thalweg.examples.spring;

import io.thalweg.client.CallSettings;
import io.thalweg.client.LeaderboardClient;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Counts goals. A goal has an id: reported twice, it counts once. */
@RestController
final class GoalsController {
  private static final String BOARD = "goals";
  private static final int TOP = 10;

  private final LeaderboardClient leaderboard;

  GoalsController(ThalwegClient client) {
    this.leaderboard = client.leaderboard();
  }

  /** Blocks, which on a virtual thread costs next to nothing. */
  @PostMapping("/goals/{player}")
  Place goal(@PathVariable String player, @RequestParam String id) {
    SubmitScoreResponse reply =
        leaderboard
            .with(CallSettings.none().withName("goal-" + id))
            .submitScore(
                SubmitScoreRequest.newBuilder()
                    .setBoard(BOARD)
                    .setMember(player)
                    .setScore(1)
                    .setOperator(Operator.SUM)
                    .build())
            .await();
    return new Place(reply.getRank(), reply.getMember(), reply.getScore());
  }

  /** The same without waiting. */
  @GetMapping("/goals")
  CompletableFuture<List<Place>> top() {
    return leaderboard
        .top(BOARD, TOP)
        .thenApply(reply ->
            reply.getEntriesList().stream()
                .map(entry -> new Place(entry.getRank(), entry.getMember(), entry.getScore()))
                .toList());
  }

  /** The kinds of refusal that callers can do something about. */
  @ExceptionHandler
  ProblemDetail refused(ThalwegException e) {
    HttpStatus status =
        switch (e.code()) {
          case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> HttpStatus.BAD_REQUEST;
          case NOT_FOUND -> HttpStatus.NOT_FOUND;
          case RESOURCE_EXHAUSTED -> HttpStatus.TOO_MANY_REQUESTS;
          default -> HttpStatus.SERVICE_UNAVAILABLE;
        };
    return ProblemDetail.forStatusAndDetail(status, e.reason());
  }

  /** A row of the table. */
  record Place(int rank, String player, double goals) {}
}
