package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardReset;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.ResetOnScheduleRequest;
import io.thalweg.leaderboard.v1.ResetOnScheduleResponse;
import io.thalweg.leaderboard.v1.ResetScheduled;
import io.thalweg.leaderboard.v1.SeasonEnded;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.schedules.Schedule;
import io.thalweg.schedules.ScheduleTimes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides on resets: by hand, when the time of a schedule has come, and when that will be. All
 * calendar work is done here, once, and its result is in the events: replaying them asks no time
 * zone.
 */
final class Resets {
  private static final int MAX_TIMER_NAME_BYTES = 128;
  private static final int MAX_READ_SCHEDULES = 256;

  private final BoardIndex index;

  // Many boards share a schedule, and come at the same time.
  private final Map<Schedule, ScheduleTimes> read =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Schedule, ScheduleTimes> eldest) {
          return size() > MAX_READ_SCHEDULES;
        }
      };

  Resets(BoardIndex index) {
    this.index = index;
  }

  Board byHand(ResetBoardRequest request, CommandContext context) {
    String name = request.getBoard();
    BoardRanks board = index.find(context.caller().project(), name);
    if (board == null) {
      throw Failure.notFound("board", name);
    }
    endSeason(name, board, 0, context);
    return Answers.board(name, index.get(context.caller().project(), name).row());
  }

  ResetOnScheduleResponse onSchedule(ResetOnScheduleRequest request, CommandContext context) {
    String name = request.getBoard();
    BoardRanks board = index.find(context.caller().project(), name);
    long dueMs = Answers.ms(request.getTime());
    // A dead letter that is tried again may come when all has changed.
    if (board == null || dueMs == 0 || board.row().seasons().nextResetMs() != dueMs) {
      return ResetOnScheduleResponse.getDefaultInstance();
    }
    Schedule schedule = board.settings().schedule();
    if (schedule == null) {
      throw new IllegalStateException("a reset is due on a board without a schedule");
    }
    ScheduleTimes times = times("reset_schedule", schedule);
    long nowMs = nowMs(context);
    // After a downtime: once, for the last of the times that were missed.
    endSeason(name, board, times.lastMs(dueMs, nowMs), context);
    setNext(name, times.nextMs(nowMs), context);
    return ResetOnScheduleResponse.getDefaultInstance();
  }

  /**
   * Sets, moves or cancels the next reset of a board whose schedule has changed.
   *
   * @param path of the schedule in the request
   * @throws Failure INVALID_ARGUMENT if the schedule cannot be read or never comes
   */
  void scheduleChanged(
      String path, String name, @Nullable Schedule schedule, CommandContext context) {
    if (schedule == null) {
      cancel(name, context);
      context.emit(ResetScheduled.newBuilder().setBoard(name).build());
      return;
    }
    long nextMs = times(path, schedule).nextMs(nowMs(context));
    if (nextMs == Long.MAX_VALUE) {
      throw ScheduleTimes.neverComes(path, schedule);
    }
    setNext(name, nextMs, context);
  }

  private ScheduleTimes times(String path, Schedule schedule) {
    ScheduleTimes known = read.get(schedule);
    if (known == null) {
      known = ScheduleTimes.of(path, schedule);
      read.put(schedule, known);
    }
    return known;
  }

  /** Cancels the timer of a board, if it has one. */
  void cancel(String name, CommandContext context) {
    context.cancelTimer(timerName(name));
  }

  private static void setNext(String name, long nextMs, CommandContext context) {
    ResetScheduled.Builder event = ResetScheduled.newBuilder().setBoard(name);
    if (nextMs < Long.MAX_VALUE) {
      event.setTime(Answers.time(nextMs));
      context.schedule(
          timerName(name),
          1_000 * nextMs,
          ResetOnScheduleRequest.newBuilder().setBoard(name).setTime(Answers.time(nextMs)).build());
    }
    context.emit(event.build());
  }

  /**
   * Archives the final standings and empties the board.
   *
   * @param scheduledMs the time of the schedule; 0: by hand
   */
  private void endSeason(String name, BoardRanks board, long scheduledMs, CommandContext context) {
    BoardRow row = board.row();
    SeasonEnded.Builder ended =
        SeasonEnded.newBuilder()
            .setBoard(name)
            .setSeason(row.seasons().current())
            .setStartTime(Answers.time(row.seasons().startMs()))
            .setEndTime(Answers.time(nowMs(context)))
            .setMemberCount(board.size())
            .addAllEntries(
                Answers.entries(board, 0, Math.min(board.size(), board.settings().archiveTop())));
    if (scheduledMs != 0) {
      ended.setScheduledTime(Answers.time(scheduledMs));
    }
    context.emit(ended.build());
    context.emit(
        BoardReset.newBuilder().setBoard(name).setBoardId(context.random().nextLong()).build());
  }

  private static long nowMs(CommandContext context) {
    return Math.floorDiv(context.logTimeUs(), 1000L);
  }

  /**
   * The name of a board's timer: {@code reset/<board>}; for a name too long for that, {@code
   * reset#} and its SHA-256.
   */
  static String timerName(String board) {
    String plain = "reset/" + board;
    if (plain.getBytes(StandardCharsets.UTF_8).length <= MAX_TIMER_NAME_BYTES) {
      return plain;
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(board.getBytes(StandardCharsets.UTF_8));
      return "reset#" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
