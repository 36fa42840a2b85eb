package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.board;
import static io.thalweg.leaderboard.Requests.failureOf;
import static io.thalweg.leaderboard.Requests.lines;
import static io.thalweg.leaderboard.Requests.submit;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.thalweg.leaderboard.SoloPartition.Timer;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.GetSeasonRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.ResetOnScheduleResponse;
import io.thalweg.leaderboard.v1.ResetSchedule;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SeasonsTest {
  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  private static final ResetSchedule NIGHTLY =
      ResetSchedule.newBuilder().setCron("0 3 * * *").setTimeZone("Europe/Berlin").build();

  private final SoloPartition partition = new SoloPartition();

  SeasonsTest() {
    partition.at(START);
  }

  @AfterEach
  void close() {
    partition.close();
  }

  @Test
  void aBoardResetsByItselfAndArchivesTheFinalStandings() {
    Board made = create(NIGHTLY);
    assertThat(instant(made.getNextResetTime())).isEqualTo("2026-11-24T02:00:00Z");
    score("ana", 5);
    score("bo", 7);
    partition.runTo(Instant.parse("2026-11-25T12:00:00Z"));

    assertThat(seasons()).extracting(Season::getSeason).containsExactly(2, 1);
    Season first = seasons().getLast();
    assertThat(first)
        .isEqualTo(
            Season.newBuilder()
                .setBoard("cup")
                .setSeason(1)
                .setStartTime(made.getCreateTime())
                .setEndTime(time("2026-11-24T02:00:00Z"))
                .setScheduledTime(time("2026-11-24T02:00:00Z"))
                .setMemberCount(2)
                .setEntryCount(2)
                .build());
    assertThat(standings(1)).containsExactly("1 bo 7", "2 ana 5");
    assertThat(seasons().getFirst().getMemberCount()).isZero();
    Board now = call(board("cup"));
    assertThat(now.getMemberCount()).isZero();
    assertThat(now.getSeason()).isEqualTo(3);
    assertThat(now.getSeasonStartTime()).isEqualTo(time("2026-11-25T02:00:00Z"));
    assertThat(instant(now.getNextResetTime())).isEqualTo("2026-11-26T02:00:00Z");
  }

  @Test
  void afterADowntimeOverSeveralTimesTheBoardResetsOnceForTheLast() {
    create(NIGHTLY);
    score("ana", 5);
    partition.fireAt(Instant.parse("2026-12-01T01:59:59Z"));
    assertThat(seasons()).hasSize(1);
    Season season = seasons().getFirst();
    assertThat(season.getScheduledTime()).isEqualTo(time("2026-11-30T02:00:00Z"));
    assertThat(season.getEndTime()).isEqualTo(time("2026-12-01T01:59:59Z"));
    assertThat(instant(call(board("cup")).getNextResetTime())).isEqualTo("2026-12-01T02:00:00Z");
  }

  @Test
  void aResetByHandEndsTheSeasonTooAndLeavesTheScheduleAsItIs() {
    Board made = create(NIGHTLY);
    score("ana", 5);
    Board reset = call(ResetBoardRequest.newBuilder().setBoard("cup").build());
    assertThat(reset.getSeason()).isEqualTo(2);
    assertThat(reset.getNextResetTime()).isEqualTo(made.getNextResetTime());
    assertThat(season(1).hasScheduledTime()).isFalse();
    assertThat(standings(1)).containsExactly("1 ana 5");
  }

  @Test
  void theArchiveHoldsTheTopInTheRankingOfTheBoard() {
    create(ResetSchedule.getDefaultInstance());
    call(update().setArchiveTop(3).setRanking(Ranking.DENSE).build());
    score("a", 1);
    score("b", 9);
    score("c", 9);
    score("d", 4);
    call(ResetBoardRequest.newBuilder().setBoard("cup").build());
    assertThat(standings(1)).containsExactly("1 b 9", "1 c 9", "2 d 4");
    assertThat(season(1).getMemberCount()).isEqualTo(4);
    assertThat(season(1).getEntryCount()).isEqualTo(3);
    call(update().setArchiveTop(0).build());
    score("a", 1);
    call(ResetBoardRequest.newBuilder().setBoard("cup").build());
    assertThat(standings(2)).isEmpty();
    assertThat(season(2).getMemberCount()).isEqualTo(1);
  }

  @Test
  void theOldestSeasonsLeave() {
    create(ResetSchedule.getDefaultInstance());
    call(update().setMaxSeasons(3).build());
    for (int i = 1; i <= 5; i++) {
      score("m" + i, i);
      call(ResetBoardRequest.newBuilder().setBoard("cup").build());
    }
    assertThat(seasons()).extracting(Season::getSeason).containsExactly(5, 4, 3);
    assertThat(standings(3)).containsExactly("1 m3 3");
    assertThat(failureOf(() -> season(2))).hasMessage("there is no season '2'");
    assertThat(failureOf(() -> season(6)).code()).isEqualTo(Code.NOT_FOUND);
    call(update().setMaxSeasons(1).build());
    assertThat(seasons()).extracting(Season::getSeason).containsExactly(5);
    assertThat(failureOf(() -> standings(4)).code()).isEqualTo(Code.NOT_FOUND);
    try (SoloPartition replayed = partition.replayed();
        SoloPartition reopened = partition.reopened()) {
      assertThat(replayed.digest()).isEqualTo(partition.digest());
      assertThat(reopened.call(board("cup"), Board.class)).isEqualTo(call(board("cup")));
    }
  }

  @Test
  void seasonsAndTheirEntriesAreReadAPageAtATime() {
    create(ResetSchedule.getDefaultInstance());
    for (int i = 1; i <= 5; i++) {
      for (int m = 1; m <= i; m++) {
        score("m" + m, m);
      }
      call(ResetBoardRequest.newBuilder().setBoard("cup").build());
    }
    ListSeasonsRequest seasons =
        ListSeasonsRequest.newBuilder().setBoard("cup").setPageSize(2).build();
    List<Integer> numbers = new ArrayList<>();
    String token = "";
    do {
      ListSeasonsResponse page =
          partition.call(
              seasons.toBuilder().setPageToken(token).build(), ListSeasonsResponse.class);
      page.getSeasonsList().forEach(season -> numbers.add(season.getSeason()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(numbers).containsExactly(5, 4, 3, 2, 1);

    ListSeasonEntriesRequest entries =
        ListSeasonEntriesRequest.newBuilder().setBoard("cup").setSeason(5).setPageSize(2).build();
    ListSeasonEntriesResponse first = partition.call(entries, ListSeasonEntriesResponse.class);
    assertThat(lines(first.getEntriesList())).containsExactly("1 m5 5", "2 m4 4");
    ListSeasonEntriesRequest next =
        entries.toBuilder().setPageToken(first.getNextPageToken()).setPageSize(3).build();
    ListSeasonEntriesResponse last = partition.call(next, ListSeasonEntriesResponse.class);
    assertThat(lines(last.getEntriesList())).containsExactly("3 m3 3", "4 m2 2", "5 m1 1");
    assertThat(last.getNextPageToken()).isEmpty();
    assertThat(
            failureOf(() ->
                partition.call(
                    next.toBuilder().setSeason(4).build(), ListSeasonEntriesResponse.class)))
        .hasMessageStartingWith("page_token must be from an earlier answer to the same query");
    assertThat(
            failureOf(() ->
                partition.call(
                    seasons.toBuilder().setPageToken("nonsense").build(),
                    ListSeasonsResponse.class)))
        .hasMessageStartingWith("page_token must be");
  }

  @Test
  void anotherScheduleMovesTheTimerAndNoneCancelsIt() {
    create(NIGHTLY);
    assertThat(partition.timers).containsOnlyKeys("reset/cup");
    Board moved =
        call(update().setResetSchedule(NIGHTLY.toBuilder().setCron("30 4 * * *")).build());
    assertThat(instant(moved.getNextResetTime())).isEqualTo("2026-11-24T03:30:00Z");
    assertThat(partition.timers).containsOnlyKeys("reset/cup");
    call(update().setRanking(Ranking.DENSE).build());
    assertThat(call(board("cup")).getNextResetTime()).isEqualTo(moved.getNextResetTime());

    Board cleared = call(update().setResetSchedule(ResetSchedule.getDefaultInstance()).build());
    assertThat(cleared.hasNextResetTime()).isFalse();
    assertThat(cleared.getSettings().hasResetSchedule()).isFalse();
    assertThat(partition.timers).isEmpty();
  }

  @Test
  void aResetThatComesLateThroughADeadLetterChangesNothing() {
    create(NIGHTLY);
    Timer old = partition.timers.values().iterator().next();
    call(update().setResetSchedule(NIGHTLY.toBuilder().setCron("30 4 * * *")).build());
    partition.call(old.request(), ResetOnScheduleResponse.class);
    assertThat(seasons()).isEmpty();
  }

  @Test
  void aDeletedBoardLeavesNeitherSeasonsNorATimer() {
    byte[] empty = partition.digest();
    create(NIGHTLY);
    score("ana", 5);
    call(ResetBoardRequest.newBuilder().setBoard("cup").build());
    partition.call(
        DeleteBoardRequest.newBuilder().setBoard("cup").build(), DeleteBoardResponse.class);
    assertThat(partition.timers).isEmpty();
    assertThat(partition.digest()).isEqualTo(empty);
    assertThat(create(ResetSchedule.getDefaultInstance()).getSeason()).isEqualTo(1);
    assertThat(seasons()).isEmpty();
  }

  @Test
  void aBadScheduleIsRefusedByTheNameOfItsFieldAndChangesNothing() {
    assertThat(failureOf(() -> create(NIGHTLY.toBuilder().setTimeZone("Mars/Base").build())))
        .hasMessageStartingWith("settings.reset_schedule.time_zone must be");
    assertThat(failureOf(() -> call(board("cup"))).code()).isEqualTo(Code.NOT_FOUND);
    Board made = create(NIGHTLY);
    assertThat(
            failureOf(() ->
                call(update().setResetSchedule(NIGHTLY.toBuilder().setCron("0 0 30 2 *")).build())))
        .hasMessage("reset_schedule.cron must name a time that comes; got '0 0 30 2 *'");
    assertThat(call(board("cup"))).isEqualTo(made);
    assertThat(partition.timers).containsOnlyKeys("reset/cup");
  }

  @Test
  void createSaysWhichScheduleThereIs() {
    create(NIGHTLY);
    assertThat(create(NIGHTLY.toBuilder().setCron("0   3 * *  *").build()).getSeason())
        .isEqualTo(1);
    assertThat(failureOf(() -> create(ResetSchedule.getDefaultInstance())))
        .hasMessageEndingWith("member_cap 0, reset_schedule '0 3 * * *' in Europe/Berlin");
  }

  @Test
  void stateFromTheEventsAndFromTheRowsIsTheSame() {
    create(NIGHTLY);
    for (int day = 24; day < 30; day++) {
      score("m" + day, day);
      partition.runTo(Instant.parse("2026-11-" + day + "T12:00:00Z"));
    }
    try (SoloPartition replayed = partition.replayed();
        SoloPartition reopened = partition.reopened()) {
      assertThat(replayed.digest()).isEqualTo(partition.digest());
      reopened.runTo(Instant.parse("2026-12-01T12:00:00Z"));
      partition.runTo(Instant.parse("2026-12-01T12:00:00Z"));
      assertThat(reopened.call(board("cup"), Board.class)).isEqualTo(call(board("cup")));
      assertThat(seasons()).hasSize(8);
    }
  }

  @Test
  void theNameOfATimerFitsWhateverTheBoardIsCalled() {
    assertThat(Resets.timerName("a".repeat(122))).isEqualTo("reset/" + "a".repeat(122));
    assertThat(Resets.timerName("a".repeat(123))).startsWith("reset#").hasSize(70);
    assertThat(Resets.timerName("a".repeat(123))).isNotEqualTo(Resets.timerName("a".repeat(124)));
  }

  private Board create(ResetSchedule schedule) {
    return call(
        CreateBoardRequest.newBuilder()
            .setBoard("cup")
            .setSettings(BoardSettings.newBuilder().setResetSchedule(schedule))
            .build());
  }

  private static UpdateBoardRequest.Builder update() {
    return UpdateBoardRequest.newBuilder().setBoard("cup");
  }

  private void score(String member, double score) {
    partition.call(submit("cup", member, score), SubmitScoreResponse.class);
  }

  private Board call(Message request) {
    return partition.call(request, Board.class);
  }

  private List<Season> seasons() {
    return partition
        .call(ListSeasonsRequest.newBuilder().setBoard("cup").build(), ListSeasonsResponse.class)
        .getSeasonsList();
  }

  private Season season(int number) {
    return partition.call(
        GetSeasonRequest.newBuilder().setBoard("cup").setSeason(number).build(), Season.class);
  }

  private List<String> standings(int season) {
    return lines(
        partition
            .call(
                ListSeasonEntriesRequest.newBuilder().setBoard("cup").setSeason(season).build(),
                ListSeasonEntriesResponse.class)
            .getEntriesList());
  }

  private static Timestamp time(String instant) {
    return Answers.time(Instant.parse(instant).toEpochMilli());
  }

  private static String instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toString();
  }
}
