package io.thalweg.leaderboard;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.testkit.Answered;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.QuietNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A score that was accepted for several boards arrives on each of them exactly once: boards that
 * add up show, for each member, all that was accepted and nothing else, and the same on all its
 * boards.
 */
final class EveryScoreArrivesOnce implements Invariant {
  private static final long MAX_WAIT_MS = 5 * 60_000;

  // Which boards the scores of a member go to.
  private static final Map<String, List<String>> BOARDS =
      Map.of(
          "ana", List.of("day", "week", "ever"),
          "bo", List.of("ever", "week"),
          "cy", List.of("day"),
          "di", List.of("week", "day"));
  private static final List<String> MEMBERS = BOARDS.keySet().stream().sorted().toList();

  private final Map<String, Double> accepted = new TreeMap<>();
  private final Map<String, Double> perhaps = new TreeMap<>();

  /** A score for the boards of a member. */
  static SubmitScoreToBoardsRequest draw(RandomGenerator random) {
    String member = MEMBERS.get(random.nextInt(MEMBERS.size()));
    return SubmitScoreToBoardsRequest.newBuilder()
        .setMember(member)
        .addAllBoards(BOARDS.getOrDefault(member, List.of()))
        .setScore(1 + random.nextInt(100))
        .setOperator(Operator.SUM)
        .build();
  }

  @Override
  public void answered(Answered answered) {
    if (answered.request() instanceof SubmitScoreToBoardsRequest request
        && answered.outcome() instanceof Outcome.Replied) {
      accepted.merge(request.getMember(), request.getScore(), Double::sum);
    }
  }

  @Override
  public void unanswered(Message request) {
    if (request instanceof SubmitScoreToBoardsRequest submit) {
      perhaps.merge(submit.getMember(), submit.getScore(), Double::sum);
    }
  }

  @Override
  public void quiet(QuietNode node) {
    for (String member : MEMBERS) {
      double least = accepted.getOrDefault(member, 0.0);
      double most = least + perhaps.getOrDefault(member, 0.0);
      List<Double> sums = sums(node, member);
      for (long ms = 0; ms < MAX_WAIT_MS && !isWithin(sums, least, most); ms += 1_000) {
        node.sleep(1_000);
        sums = sums(node, member);
      }
      if (!isWithin(sums, least, most)) {
        throw new AssertionError(
            "%s has %s on %s; accepted were %s, and perhaps up to %s"
                .formatted(member, sums, BOARDS.get(member), least, most));
      }
    }
  }

  private static boolean isWithin(List<Double> sums, double least, double most) {
    return sums.stream().distinct().count() == 1
        && sums.getFirst() >= least
        && sums.getFirst() <= most;
  }

  private static List<Double> sums(QuietNode node, String member) {
    return BOARDS.getOrDefault(member, List.of()).stream()
        .map(board -> score(node, board, member))
        .toList();
  }

  private static double score(QuietNode node, String board, String member) {
    try {
      return node.call(Requests.get(board, member), Entry.class).getScore();
    } catch (Failure e) {
      if (e.code() != Code.NOT_FOUND) {
        throw e;
      }
      return 0;
    }
  }
}
