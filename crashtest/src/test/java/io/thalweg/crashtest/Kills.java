package io.thalweg.crashtest;

import java.nio.file.Path;

/**
 * A node that is killed again and again while others use it, and is there once more in the end. It
 * comes back at another address each time.
 */
final class Kills {
  /** Something to be done while the node is there. */
  interface Step {
    void run() throws Exception;
  }

  /** Where the node is from now on. */
  interface Place {
    void moved(NodeProcess.Started started);
  }

  private final Path folder;
  private final Place place;

  /**
   * @param folder of the node: its data, and what it says
   */
  Kills(Path folder, Place place) {
    this.folder = folder;
    this.place = place;
  }

  /**
   * Kills a node so often.
   *
   * @param begin once, when the node is there for the first time
   * @param round before each kill: it comes when this returns
   * @param end when the node is there for the last time
   */
  void run(int kills, Step begin, Step round, Step end) throws Exception {
    for (int kill = 0; kill <= kills; kill++) {
      NodeProcess.Started started = NodeProcess.up(folder, folder.resolve("data"));
      try (NodeProcess node = started.node()) {
        place.moved(started);
        if (kill == 0) {
          begin.run();
        }
        if (kill < kills) {
          round.run();
        } else {
          end.run();
        }
        node.kill();
      }
    }
  }
}
