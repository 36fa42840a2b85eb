package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.leaderboard.Rows.NameOnBoard;
import io.thalweg.leaderboard.v1.ApplyScoreRequest;
import io.thalweg.leaderboard.v1.BoardCreated;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.MemberRemoved;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.Table;
import org.jspecify.annotations.Nullable;

/** Decides what submitted scores make of a board. Reads no table but that of import marks. */
final class Submissions {
  private final BoardIndex index;
  private final Table<NameOnBoard, Long> imports;

  Submissions(BoardIndex index, Table<NameOnBoard, Long> imports) {
    this.index = index;
    this.imports = imports;
  }

  SubmitScoreResponse submitScore(SubmitScoreRequest request, CommandContext context) {
    return submit(
        request.getBoard(),
        request.getMember(),
        request.getScore(),
        request.getOperator(),
        context);
  }

  /** A score that was submitted to several boards, on one of them. */
  SubmitScoreResponse applyScore(ApplyScoreRequest request, CommandContext context) {
    return submit(
        request.getBoard(),
        request.getMember(),
        request.getScore(),
        request.getOperator(),
        context);
  }

  private SubmitScoreResponse submit(
      String boardName,
      String member,
      double submitted,
      Operator operator,
      CommandContext context) {
    Bounds.checkName("member", member);
    BoardRanks board = open(boardName, operator, context);
    Tally tally = new Tally(board, boardName, context, 1);
    double score = tally.add(member, submitted, -1);
    tally.finish(null);
    return result(board, member, score);
  }

  SubmitScoresResponse submitScores(SubmitScoresRequest request, CommandContext context) {
    for (int i = 0; i < request.getScoresCount(); i++) {
      if (!Bounds.isPlain(request.getScores(i).getMember())) {
        Bounds.checkName("scores[" + i + "].member", request.getScores(i).getMember());
      }
    }
    ImportStep step = request.hasImport() ? request.getImport() : null;
    if (step != null) {
      Bounds.checkName("import.source", step.getSource());
      if (step.getLastRow() <= step.getAfterRow()) {
        throw Failure.invalid(
            "import.last_row",
            "must be greater than after_row " + step.getAfterRow() + "; got " + step.getLastRow());
      }
    }
    BoardRanks board = open(request.getBoard(), request.getOperator(), context);
    if (step != null && wasApplied(board, step)) {
      return SubmitScoresResponse.newBuilder().setImportRow(mark(board, step)).build();
    }
    Tally tally = new Tally(board, request.getBoard(), context, request.getScoresCount());
    double[] counts = new double[request.getScoresCount()];
    for (int i = 0; i < counts.length; i++) {
      Score score = request.getScores(i);
      counts[i] = tally.add(score.getMember(), score.getScore(), i);
    }
    tally.finish(step);
    SubmitScoresResponse.Builder response = SubmitScoresResponse.newBuilder().setApplied(true);
    for (int i = 0; i < counts.length; i++) {
      response.addResults(result(board, request.getScores(i).getMember(), counts[i]));
    }
    return response.setImportRow(step == null ? 0 : step.getLastRow()).build();
  }

  RemoveMemberResponse removeMember(RemoveMemberRequest request, CommandContext context) {
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    if (board == null) {
      throw Failure.notFound("board", request.getBoard());
    }
    Bounds.checkName("member", request.getMember());
    if (board.find(request.getMember()) < 0) {
      throw Failure.notFound("member", request.getMember());
    }
    context.emit(
        MemberRemoved.newBuilder()
            .setBoard(request.getBoard())
            .setMember(request.getMember())
            .build());
    return RemoveMemberResponse.getDefaultInstance();
  }

  /** The board, made if there is none, whose operator is the one that the caller relies on. */
  private BoardRanks open(String name, Operator operator, CommandContext context) {
    int project = context.caller().project();
    BoardRanks board = index.find(project, name);
    if (board == null) {
      Bounds.checkName("board", name);
      Settings settings =
          Settings.DEFAULT.with(Settings.DEFAULT.order(), operator, Settings.DEFAULT.ranking(), 0);
      create(index, name, settings, context);
      return index.get(project, name);
    }
    Operator present = board.settings().operator();
    if (operator != Operator.OPERATOR_UNSPECIFIED && operator != present) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "operator is " + present + " on board '" + Failure.quote(name) + "'; got " + operator);
    }
    return board;
  }

  /** Emits the event that creates a board. */
  static void create(BoardIndex index, String name, Settings settings, CommandContext context) {
    if (index.size() >= Bounds.MAX_BOARDS) {
      throw Bounds.exhausted(
          "a partition has at most " + Bounds.MAX_BOARDS + " boards; delete some first");
    }
    context.emit(
        BoardCreated.newBuilder()
            .setBoard(name)
            .setSettings(settings.toMessage())
            .setBoardId(context.random().nextLong())
            .build());
  }

  private long mark(BoardRanks board, ImportStep step) {
    Long mark = presentMark(board, step);
    return mark == null ? 0 : mark;
  }

  private @Nullable Long presentMark(BoardRanks board, ImportStep step) {
    return imports.get(new NameOnBoard(board.row().boardId(), step.getSource()));
  }

  /** Whether the batch was applied before; refuses it if its place is another than the mark. */
  private boolean wasApplied(BoardRanks board, ImportStep step) {
    Long present = presentMark(board, step);
    long mark = present == null ? 0 : present;
    if (mark >= step.getLastRow()) {
      return true;
    }
    if (mark != step.getAfterRow()) {
      throw Failure.of(
          Code.ABORTED,
          "import.after_row must be the mark of the source, which is "
              + mark
              + "; got "
              + step.getAfterRow());
    }
    if (present == null && board.row().sourceCount() >= Bounds.MAX_SOURCES) {
      throw Bounds.exhausted(
          "a board has import marks of at most "
              + Bounds.MAX_SOURCES
              + " sources; reset it or use another board");
    }
    return false;
  }

  private static SubmitScoreResponse result(BoardRanks board, String member, double score) {
    int id = board.find(member);
    return SubmitScoreResponse.newBuilder()
        .setMember(member)
        .setScore(score)
        .setRank(id < 0 ? 0 : board.rank(id))
        .build();
  }
}
