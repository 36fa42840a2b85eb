package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardDeleted;
import io.thalweg.leaderboard.v1.BoardReset;
import io.thalweg.leaderboard.v1.BoardUpdated;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;

/** Decides on boards as such: create, change, reset, delete. */
final class BoardCommands {
  private final BoardIndex index;

  BoardCommands(BoardIndex index) {
    this.index = index;
  }

  Board create(CreateBoardRequest request, CommandContext context) {
    Bounds.checkName("board", request.getBoard());
    Settings settings = Settings.of(request.getSettings());
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    if (board == null) {
      Submissions.create(index, request.getBoard(), settings, context);
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
        before.with(
            request.getOrder(),
            request.getOperator(),
            request.getRanking(),
            request.hasMemberCap() ? request.getMemberCap() : before.memberCap());
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
    return answer(request.getBoard(), context);
  }

  DeleteBoardResponse delete(DeleteBoardRequest request, CommandContext context) {
    find(request.getBoard(), context);
    context.emit(BoardDeleted.newBuilder().setBoard(request.getBoard()).build());
    return DeleteBoardResponse.getDefaultInstance();
  }

  Board reset(ResetBoardRequest request, CommandContext context) {
    find(request.getBoard(), context);
    context.emit(
        BoardReset.newBuilder()
            .setBoard(request.getBoard())
            .setBoardId(context.random().nextLong())
            .build());
    return answer(request.getBoard(), context);
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
    return settings.order()
        + ", "
        + settings.operator()
        + ", "
        + settings.ranking()
        + ", member_cap "
        + settings.memberCap();
  }
}
