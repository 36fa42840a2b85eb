package io.thalweg.runtime;

import java.nio.file.Path;

/**
 * Opens a node in this process.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Leaderboard.TYPE)) {
 *   SubmitScoreResponse response = node.call(
 *       SubmitScoreRequest.newBuilder().setBoard("goals").setMember("ana").setScore(3).build(),
 *       SubmitScoreResponse.class);
 * }
 * }</pre>
 */
public final class Thalweg {
  private Thalweg() {}

  /** Opens the embedded engine on a data directory with the default options. */
  public static Node open(Path data, ServiceType... services) {
    throw new UnsupportedOperationException();
  }
}
