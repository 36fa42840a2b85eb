package io.thalweg.kafka;

import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import org.jspecify.annotations.Nullable;

/** One board of a node, for tests to which any data will do. */
public final class Goals {
  private Goals() {}

  /**
   * Submits a score.
   *
   * @param name of the request; null: it has none
   */
  public static SubmitScoreResponse submit(
      Node node, String member, double score, @Nullable String name) {
    return node.call(
        new Request(
            SubmitScoreRequest.newBuilder()
                .setBoard("goals")
                .setMember(member)
                .setScore(score)
                .build(),
            Caller.ANONYMOUS,
            name,
            Long.MAX_VALUE),
        SubmitScoreResponse.class);
  }

  /** A member's score. */
  public static double score(Node node, String member) {
    return node.call(
            GetEntryRequest.newBuilder().setBoard("goals").setMember(member).build(), Entry.class)
        .getScore();
  }
}
