package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardDeleted;
import io.thalweg.leaderboard.v1.BoardUpdated;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.TieBreak;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.schedules.Schedule;
import java.util.Objects;

/** Decides on boards as such: create, change, delete. */
final class BoardCommands {
  private final BoardIndex index;
  private final Resets resets;

  BoardCommands(BoardIndex index, Resets resets) {
    this.index = index;
    this.resets = resets;
  }

  Board create(CreateBoardRequest request, CommandContext context) {
    Bounds.checkName("board", request.getBoard());
    Settings settings = Settings.of(request.getSettings());
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    if (board == null) {
      Submissions.create(index, request.getBoard(), settings, context);
      if (settings.schedule() != null) {
        resets.scheduleChanged(
            "settings.reset_schedule", request.getBoard(), settings.schedule(), context);
      }
    } else if (!board.settings().equals(settings)) {
      throw Failure.of(
          Code.ALREADY_EXISTS,
          "there is a board '"
              + Failure.quote(request.getBoard())
              + "' with other settings: "
              + describe(board.settings()));
    }
    return answer(request.getBoard(), context);
  }

  Board update(UpdateBoardRequest request, CommandContext context) {
    BoardRanks board = find(request.getBoard(), context);
    Settings before = board.settings();
    Settings after =
        before
            .with(
                request.getOrder(),
                request.getOperator(),
                request.getRanking(),
                request.hasMemberCap() ? request.getMemberCap() : before.memberCap())
            .withSeasons(
                request.hasResetSchedule()
                    ? Settings.scheduleOf(request.getResetSchedule())
                    : before.schedule(),
                request.hasArchiveTop() ? request.getArchiveTop() : before.archiveTop(),
                request.hasMaxSeasons() ? request.getMaxSeasons() : before.maxSeasons())
            .withTieBreak(request.getTieBreak());
    if (board.size() > 0 && after.order() != before.order()) {
      throw fixed("order", before.order(), after.order(), board.size());
    }
    if (board.size() > 0 && after.operator() != before.operator()) {
      throw fixed("operator", before.operator(), after.operator(), board.size());
    }
    if (after.memberCap() > 0 && after.memberCap() < board.size()) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "member_cap must be 0 or at least the present member count "
              + board.size()
              + "; got "
              + after.memberCap());
    }
    if (!after.equals(before)) {
      context.emit(
          BoardUpdated.newBuilder()
              .setBoard(request.getBoard())
              .setSettings(after.toMessage())
              .build());
    }
    if (!Objects.equals(after.schedule(), before.schedule())) {
      resets.scheduleChanged("reset_schedule", request.getBoard(), after.schedule(), context);
    }
    return answer(request.getBoard(), context);
  }

  DeleteBoardResponse delete(DeleteBoardRequest request, CommandContext context) {
    BoardRanks board = find(request.getBoard(), context);
    if (board.row().seasons().nextResetMs() != 0) {
      resets.cancel(request.getBoard(), context);
    }
    int members = board.size();
    context.emit(BoardDeleted.newBuilder().setBoard(request.getBoard()).build());
    return DeleteBoardResponse.newBuilder().setMemberCount(members).build();
  }

  private BoardRanks find(String name, CommandContext context) {
    BoardRanks board = index.find(context.caller().project(), name);
    if (board == null) {
      throw Failure.notFound("board", name);
    }
    return board;
  }

  private Board answer(String name, CommandContext context) {
    return Answers.board(name, index.get(context.caller().project(), name).row());
  }

  private static Failure fixed(String field, Object present, Object got, int members) {
    return Failure.of(
        Code.FAILED_PRECONDITION,
        field
            + " cannot change while the board has members: it is "
            + present
            + " with "
            + members
            + " members; got "
            + got);
  }

  private static String describe(Settings settings) {
    Schedule schedule = settings.schedule();
    return settings.order()
        + ", "
        + settings.operator()
        + ", "
        + settings.ranking()
        + ", member_cap "
        + settings.memberCap()
        + (schedule == null
            ? ""
            : ", reset_schedule '" + schedule.cron() + "' in " + schedule.timeZone())
        + (settings.archiveTop() == Settings.DEFAULT_ARCHIVE_TOP
            ? ""
            : ", archive_top " + settings.archiveTop())
        + (settings.maxSeasons() == Settings.DEFAULT_MAX_SEASONS
            ? ""
            : ", max_seasons " + settings.maxSeasons())
        + (settings.tieBreak() == TieBreak.REACHED_FIRST
            ? ""
            : ", tie_break " + settings.tieBreak());
  }
}
