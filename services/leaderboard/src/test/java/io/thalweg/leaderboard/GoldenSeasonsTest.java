package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.ResetSchedule;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsRequest;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log of contract level 2 replays to the state that it had when it was written: seasons that
 * ended by hand and by a schedule, timers that were set, moved and cancelled, scores that were sent
 * to several boards.
 */
class GoldenSeasonsTest {
  private static final PartitionId PARTITION = new PartitionId("leaderboard", 0);
  private static final String SEGMENT = "log/0000000001.segment";

  @TempDir Path data;
  @TempDir Path scratch;

  @Test
  void aLogOfLevel2ReplaysToTheStateThatItHad() throws IOException {
    Files.createDirectories(data.resolve("log"));
    try (InputStream in = new GZIPInputStream(golden("level-2.segment.gz"))) {
      Files.copy(in, data.resolve(SEGMENT));
    }
    Files.writeString(data.resolve("node.properties"), "format=1\npartitions.leaderboard=1\n");
    String expected;
    try (InputStream in = golden("level-2.txt")) {
      expected = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    long events = Long.parseLong(expected.replaceAll("(?s).*digest after (\\d+) events.*", "$1"));
    assertThat(dump(data, events, scratch.resolve("tables"))).isEqualTo(expected);
  }

  private static InputStream golden(String name) {
    InputStream in = GoldenSeasonsTest.class.getResourceAsStream("/golden/" + name);
    if (in == null) {
      throw new AssertionError("no golden file " + name);
    }
    return in;
  }

  /** Opens a node on the log, and says what it answers and what its rows were after some events. */
  private static String dump(Path data, long events, Path scratch) {
    StringBuilder out = new StringBuilder();
    try (Node node = open(data)) {
      for (String name : List.of("minutes", "kept", "sum")) {
        Board board = node.call(Requests.board(name), Board.class);
        out.append(name)
            .append(", season ")
            .append(board.getSeason())
            .append(" since ")
            .append(Instant.ofEpochMilli(Answers.ms(board.getSeasonStartTime())))
            .append('\n');
        Requests.lines(
                node.call(Requests.list(name, 10), ListEntriesResponse.class).getEntriesList())
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
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      out.append("digest after %d events: ".formatted(events))
          .append(TableVerifier.digest(log, Leaderboard.TYPE, PARTITION, 1, events, scratch))
          .append('\n');
    }
    return out.toString();
  }

  private static List<Season> seasons(Node node, String board) {
    return node.call(
            ListSeasonsRequest.newBuilder().setBoard(board).build(), ListSeasonsResponse.class)
        .getSeasonsList();
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Leaderboard.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10)))
        .open();
  }

  /** Writes the golden files into a directory; takes up to a minute, until a schedule comes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("golden");
    long events;
    try (Node node = open(data)) {
      write(node);
      events = node.durableOffset(PARTITION);
    }
    Path directory = Path.of(args[0]);
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(directory.resolve("level-2.segment.gz")))) {
      Files.copy(data.resolve(SEGMENT), out);
    }
    Files.writeString(
        directory.resolve("level-2.txt"), dump(data, events, Files.createTempDirectory("golden")));
  }

  private static void write(Node node) throws InterruptedException {
    create(node, "minutes", Operator.BEST, "* * * * *");
    create(node, "kept", Operator.LAST, "0 4 1 1 *");
    create(node, "sum", Operator.SUM, "");
    // What has a schedule at the end is not asked for: it may be due when the log is read.
    create(node, "scheduled", Operator.BEST, "0 0 29 2 *");
    create(node, "gone", Operator.BEST, "0 4 1 1 *");
    node.call(
        UpdateBoardRequest.newBuilder()
            .setBoard("kept")
            .setRanking(Ranking.COMPETITION)
            .setArchiveTop(2)
            .setMaxSeasons(2)
            .setResetSchedule(schedule("30 4 1 1 *"))
            .build(),
        Board.class);
    for (String board : List.of("minutes", "kept", "gone")) {
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 5; i++) {
          node.call(
              Requests.submit(board, "member-" + i * 3 % 4, i * (round + 2) % 5),
              SubmitScoreResponse.class);
        }
        if (!board.equals("minutes") && round < 3) {
          node.call(ResetBoardRequest.newBuilder().setBoard(board).build(), Board.class);
        }
      }
    }
    node.call(DeleteBoardRequest.newBuilder().setBoard("gone").build(), DeleteBoardResponse.class);
    node.call(
        Request.of(
                SubmitScoreToBoardsRequest.newBuilder()
                    .setMember("Jos\u00e9")
                    .addBoards("sum")
                    .addBoards("kept")
                    .setScore(2.5)
                    .build())
            .named("once"),
        SubmitScoreToBoardsResponse.class);
    while (seasons(node, "minutes").isEmpty()) {
      Thread.sleep(100);
    }
    for (String board : List.of("minutes", "kept")) {
      node.call(
          UpdateBoardRequest.newBuilder().setBoard(board).setResetSchedule(schedule("")).build(),
          Board.class);
    }
  }

  private static void create(Node node, String board, Operator operator, String cron) {
    node.call(
        CreateBoardRequest.newBuilder()
            .setBoard(board)
            .setSettings(
                BoardSettings.newBuilder().setOperator(operator).setResetSchedule(schedule(cron)))
            .build(),
        Board.class);
  }

  private static ResetSchedule schedule(String cron) {
    return ResetSchedule.newBuilder().setCron(cron).setTimeZone("Europe/Berlin").build();
  }
}
