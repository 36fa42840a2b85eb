package io.thalweg.crashtest;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import io.thalweg.state.StateOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The data directory of a node that was loaded, and what it answered last. Tests damage copies of
 * it, and open them in this process: the same code as {@code thalweg up} without its start.
 *
 * @param data the directory, never opened
 * @param expected scores by board and member
 */
record StoredNode(Path folder, Path data, Map<String, Map<String, Integer>> expected) {
  /** Other than the default: whoever guesses is found out. */
  private static final int PARTITIONS = 2;

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SEGMENTS = 6;

  static final NodeOptions SMALL =
      NodeOptions.defaults()
          .withLog(
              SegmentLogOptions.DEFAULTS
                  .withMaxSegmentBytes(256 << 10)
                  .withFirstSegmentBytes(64 << 10))
          .withState(StateOptions.defaults().withTotalBytes(4 << 20).withLayer(64 << 10, 100, 20));

  /** Runs a real node until it has several segments and files of tables, and stops it. */
  static StoredNode make(Path folder, long seed) throws IOException, InterruptedException {
    Folder.fresh(folder);
    Path data = folder.resolve("data");
    Map<String, Map<String, Integer>> expected = new TreeMap<>();
    try (Workload workload = new Workload(seed, LIMIT)) {
      for (int start = 0; start < 2; start++) {
        List<String> command = NodeProcess.command(folder, data);
        command.addAll(List.of("--partitions", Integer.toString(PARTITIONS)));
        try (NodeProcess node = NodeProcess.start(folder, command)) {
          String url = node.awaitReady();
          workload.start(url);
          long endNs = System.nanoTime() + LIMIT.toNanos();
          while (Folder.files(data.resolve("log"), ".segment").size() < SEGMENTS * (start + 1) / 2
              || !areAllThere(workload.http(), url)) {
            if (System.nanoTime() - endNs > 0) {
              throw new IllegalStateException("no new segment in " + LIMIT);
            }
            TimeUnit.MILLISECONDS.sleep(5);
          }
          workload.stop();
          for (String board : LoadClient.BOARDS) {
            expected.put(board, workload.http().entries(url, board));
          }
          workload.nodeIsGone();
          node.beginToStop();
          int exitCode = node.awaitEnd();
          if (exitCode != 0) {
            throw new IllegalStateException("exited with " + exitCode + ": " + node.err());
          }
        }
      }
    }
    return new StoredNode(folder, data, expected);
  }

  // The contracts of all services fill segments too, before a client has written anything.
  private static boolean areAllThere(Http http, String url)
      throws IOException, InterruptedException {
    for (String board : LoadClient.BOARDS) {
      if (http.entries(url, board).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** A copy to be damaged. */
  Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    Folder.delete(copy);
    Folder.copy(data, copy);
    Files.deleteIfExists(copy.resolve("verify"));
    return copy;
  }

  /** Opens a copy and says what it answers. */
  static Map<String, Map<String, Integer>> read(Path copy) {
    Map<String, Map<String, Integer>> stored = new TreeMap<>();
    try (Node node = Thalweg.at(copy).options(SMALL).service(Leaderboard.TYPE).open()) {
      for (String board : LoadClient.BOARDS) {
        Map<String, Integer> entries = new TreeMap<>();
        Message request = ListEntriesRequest.newBuilder().setBoard(board).setPageSize(1000).build();
        for (var entry : whenReady(node, request).getEntriesList()) {
          entries.put(entry.getMember(), (int) entry.getScore());
        }
        stored.put(board, entries);
      }
    }
    return stored;
  }

  // Damage that is found by a read makes the tables again; until then the node says "try again".
  private static ListEntriesResponse whenReady(Node node, Message request) {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        return node.call(request, ListEntriesResponse.class);
      } catch (Failure e) {
        boolean again = e.code() == com.google.rpc.Code.UNAVAILABLE;
        if (!again || System.nanoTime() - endNs > 0) {
          throw e;
        }
        node.awaitReady();
      }
    }
  }
}
