package io.thalweg.examples;

import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;

/** A durable leaderboard inside any Java program: no server, nothing to install. */
public final class EmbeddedLeaderboard {
  private EmbeddedLeaderboard() {}

  /** Submits a score. The first argument is the data directory, {@code data} if there is none. */
  public static void main(String[] arguments) {
    try (Node node =
        Thalweg.open(Path.of(arguments.length > 0 ? arguments[0] : "data"), Leaderboard.TYPE)) {
      var score =
          SubmitScoreRequest.newBuilder().setBoard("goals").setMember("ana").setScore(3).build();
      var response = node.call(score, SubmitScoreResponse.class);
      System.out.println(response.getMember() + " is number " + response.getRank());
    }
  }
}
