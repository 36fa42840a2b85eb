package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.GoldenLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log of contract level 2 replays to the state that it had when it was written: seasons that
 * ended by hand and by a schedule, timers that were set, moved and cancelled, scores that were sent
 * to several boards.
 */
class GoldenSeasonsTest {
  @TempDir Path folder;

  @Test
  void aLogOfLevel2ReplaysToTheStateThatItHad() throws IOException {
    try (InputStream log = golden("level-2.segment.gz");
        InputStream state = golden("level-2.txt")) {
      String expected = new String(state.readAllBytes(), StandardCharsets.UTF_8);
      GoldenLog.of(Leaderboard.TYPE, GoldenSeasonsTest::answers).verify(log, expected, folder);
    }
  }

  private static InputStream golden(String name) {
    InputStream in = GoldenSeasonsTest.class.getResourceAsStream("/golden/" + name);
    if (in == null) {
      throw new AssertionError("no golden file " + name);
    }
    return in;
  }

  /** What a node on such a log answers. */
  private static void answers(Node node, StringBuilder out) {
    for (String name : List.of("minutes", "kept", "sum")) {
      Board board = node.call(Requests.board(name), Board.class);
      out.append(name)
          .append(", season ")
          .append(board.getSeason())
          .append(" since ")
          .append(Instant.ofEpochMilli(Answers.ms(board.getSeasonStartTime())))
          .append('\n');
      Requests.lines(node.call(Requests.list(name, 10), ListEntriesResponse.class).getEntriesList())
          .forEach(line -> out.append("  ").append(line).append('\n'));
      for (Season season : seasons(node, name)) {
        out.append("  season ")
            .append(season.getSeason())
            .append(season.hasScheduledTime() ? " on schedule, members " : ", members ")
            .append(season.getMemberCount())
            .append('\n');
        ListSeasonEntriesRequest entries =
            ListSeasonEntriesRequest.newBuilder()
                .setBoard(name)
                .setSeason(season.getSeason())
                .build();
        Requests.lines(node.call(entries, ListSeasonEntriesResponse.class).getEntriesList())
            .forEach(line -> out.append("    ").append(line).append('\n'));
      }
    }
  }

  private static List<Season> seasons(Node node, String board) {
    return node.call(
            ListSeasonsRequest.newBuilder().setBoard(board).build(), ListSeasonsResponse.class)
        .getSeasonsList();
  }
}
