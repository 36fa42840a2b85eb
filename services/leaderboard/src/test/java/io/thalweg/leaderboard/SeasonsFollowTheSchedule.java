package io.thalweg.leaderboard;

import com.google.protobuf.Timestamp;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.ResetSchedule;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.leaderboard.v1.SeasonEnded;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.QuietNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Boards reset when their schedule says so, and at most once for each of its times; seasons are
 * numbered without a gap and follow each other; what is archived is what a naive board holds that
 * was given the same scores.
 *
 * <p>Lets more than a day pass at the end of a run, with scores now and then, and reads a board's
 * life from its events.
 */
final class SeasonsFollowTheSchedule implements Invariant {
  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final int HOURS = 32;

  private final List<String> boards;

  SeasonsFollowTheSchedule(List<String> boards) {
    this.boards = boards;
  }

  /** A schedule whose times are easily said another way: always so far apart, one of them then. */
  enum Cadence {
    OFTEN("*/5 * * * *", "Asia/Kathmandu", TimeUnit.MINUTES.toMillis(5), 0),
    HOURLY("10 * * * *", "UTC", TimeUnit.HOURS.toMillis(1), TimeUnit.MINUTES.toMillis(10)),
    // The simulation begins in January: Berlin is an hour ahead.
    NIGHTLY("0 3 * * *", "Europe/Berlin", TimeUnit.DAYS.toMillis(1), TimeUnit.HOURS.toMillis(2));

    final ResetSchedule schedule;
    private final long everyMs;
    private final long offsetMs;

    Cadence(String cron, String zone, long everyMs, long offsetMs) {
      this.schedule = ResetSchedule.newBuilder().setCron(cron).setTimeZone(zone).build();
      this.everyMs = everyMs;
      this.offsetMs = offsetMs;
    }

    /** The last time that is not after {@code ms}. */
    long lastMs(long ms) {
      return ms - Math.floorMod(ms - offsetMs, everyMs);
    }

    static @Nullable Cadence of(BoardSettings settings) {
      for (Cadence cadence : values()) {
        if (settings.getResetSchedule().equals(cadence.schedule)) {
          return cadence;
        }
      }
      return null;
    }
  }

  @Override
  public void quiet(QuietNode node) {
    for (int hour = 0; hour < HOURS; hour += 4) {
      for (String board : boards) {
        node.call(Requests.submit(board, "m" + hour % 3, hour), SubmitScoreResponse.class);
      }
      node.sleep(TimeUnit.HOURS.toMillis(4));
    }
    for (String board : boards) {
      List<SeasonEnded> ended = new Life(board).read(node);
      check(
          seasons(node, board).equals(numbersFromTheLast(ended)),
          "%s lists the seasons %s".formatted(board, seasons(node, board)));
    }
  }

  private static List<Integer> seasons(QuietNode node, String board) {
    return node
        .call(
            ListSeasonsRequest.newBuilder().setBoard(board).setPageSize(1_000).build(),
            ListSeasonsResponse.class)
        .getSeasonsList()
        .stream()
        .map(Season::getSeason)
        .toList();
  }

  private static List<Integer> numbersFromTheLast(List<SeasonEnded> ended) {
    return ended.reversed().stream()
        .limit(Settings.DEFAULT_MAX_SEASONS)
        .map(SeasonEnded::getSeason)
        .toList();
  }

  /** What a watcher sees of a board from its creation on. */
  private static final class Life {
    private final String board;
    private final List<SeasonEnded> ended = new ArrayList<>();
    private final NaiveBoard standings =
        new NaiveBoard(Order.HIGH_FIRST, Operator.BEST, Ranking.ORDINAL, 0);
    private @Nullable Cadence cadence;
    private long lastResetMs;
    private long nextResetMs;

    Life(String board) {
      this.board = board;
    }

    List<SeasonEnded> read(QuietNode node) {
      WatchBoardRequest all = WatchBoardRequest.newBuilder().setBoard(board).build();
      try (WatchStream stream = node.node().watch(Request.of(all), "0")) {
        for (WatchStream.Item item = stream.next(PATIENCE);
            item != null;
            item = stream.next(PATIENCE)) {
          see((BoardEvent) item.message());
        }
      } catch (InterruptedException | Failure e) {
        throw new IllegalStateException(e);
      }
      return ended;
    }

    private void see(BoardEvent event) {
      long nowMs = Answers.ms(event.getTime());
      switch (event.getEventCase()) {
        case BOARD_CREATED -> {
          cadence = Cadence.of(event.getBoardCreated().getSettings());
          lastResetMs = nowMs;
        }
        case BOARD_UPDATED -> cadence = Cadence.of(event.getBoardUpdated().getSettings());
        case SCORES_SUBMITTED -> {
          for (ScoresSubmitted.Standing s : event.getScoresSubmitted().getStandingsList()) {
            standings.submit(s.getMember(), s.hasSubmitted() ? s.getSubmitted() : s.getScore());
          }
        }
        case SEASON_ENDED -> ended(event.getSeasonEnded(), nowMs);
        case BOARD_RESET -> standings.clear();
        case RESET_SCHEDULED -> scheduled(event.getResetScheduled().getTime(), nowMs);
        default -> throw new AssertionError("not expected on " + board + ": " + event);
      }
    }

    private void ended(SeasonEnded season, long nowMs) {
      String what = board + ", season " + season.getSeason() + ": ";
      check(season.getSeason() == ended.size() + 1, what + "after " + ended.size());
      check(Answers.ms(season.getStartTime()) == lastResetMs, what + "does not follow the last");
      check(Answers.ms(season.getEndTime()) == nowMs, what + "did not end when it was reset");
      check(season.getMemberCount() == standings.size(), what + "members");
      check(
          BoardModel.lines(season.getEntriesList())
              .equals(standings.lines(Settings.DEFAULT_ARCHIVE_TOP)),
          what + "archived is not what stood there");
      if (season.hasScheduledTime()) {
        long scheduledMs = Answers.ms(season.getScheduledTime());
        check(nextResetMs != 0 && scheduledMs >= nextResetMs, what + "was not due");
        check(
            scheduledMs == Objects.requireNonNull(cadence).lastMs(nowMs),
            what + "is not for the last time of the schedule");
      }
      ended.add(season);
      lastResetMs = nowMs;
    }

    private void scheduled(Timestamp time, long nowMs) {
      nextResetMs = Answers.ms(time);
      Cadence present = cadence;
      check(
          nextResetMs == (present == null ? 0 : present.lastMs(nowMs) + present.everyMs),
          board + ": the next reset is not the next time of the schedule");
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
