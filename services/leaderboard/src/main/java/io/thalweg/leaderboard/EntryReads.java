package io.thalweg.leaderboard;

import io.thalweg.leaderboard.Rows.NameOnBoard;
import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesResponse;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.CountEntriesRequest;
import io.thalweg.leaderboard.v1.CountEntriesResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetBoardRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.GetImportMarkRequest;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.ListEntriesAroundRequest;
import io.thalweg.leaderboard.v1.ListEntriesAroundResponse;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers reads of one board from the index. */
final class EntryReads {
  private final BoardIndex index;
  private final Table<NameOnBoard, Long> imports;
  private final DisplayNames names;

  EntryReads(BoardIndex index, Table<NameOnBoard, Long> imports, DisplayNames names) {
    this.index = index;
    this.imports = imports;
    this.names = names;
  }

  Board board(GetBoardRequest request, QueryContext context) {
    return Answers.board(request.getBoard(), find(request.getBoard(), context).row());
  }

  Entry entry(GetEntryRequest request, QueryContext context) {
    BoardRanks board = find(request.getBoard(), context);
    String member = request.getMember();
    Entry entry = Answers.entry(board, member(board, member), member);
    return names.shown(request.getBoard(), List.of(entry), context).getFirst();
  }

  ListEntriesResponse list(ListEntriesRequest request, QueryContext context) {
    BoardRanks board = find(request.getBoard(), context);
    Range range =
        Range.of(
            board,
            request.hasMinScore() ? request.getMinScore() : null,
            request.hasMaxScore() ? request.getMaxScore() : null);
    int from = range.from();
    if (request.hasFromRank()) {
      from = Math.max(from, request.getFromRank() - 1);
    }
    PageToken token = PageToken.of(request, board.row());
    if (token != null) {
      // The place where the last page ended counts, not the rank that the first one began at.
      from =
          Math.max(range.from(), board.positionAfter(token.score(), token.seq(), token.member()));
    }
    int pageSize = request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
    int end = (int) Math.min((long) from + pageSize, range.end());
    ListEntriesResponse.Builder response = ListEntriesResponse.newBuilder();
    response.addAllEntries(
        names.shown(request.getBoard(), Answers.entries(board, from, end), context));
    if (from < end && end < range.end()) {
      int last = board.from(end - 1).id();
      response.setNextPageToken(board.placeOf(last).encode(request, board.row()));
    }
    return response.build();
  }

  ListEntriesAroundResponse around(ListEntriesAroundRequest request, QueryContext context) {
    BoardRanks board = find(request.getBoard(), context);
    int position = board.position(member(board, request.getMember()));
    int count = request.hasCount() ? request.getCount() : Bounds.DEFAULT_AROUND;
    List<Entry> entries =
        Answers.entries(
            board, Math.max(0, position - count), Math.min(board.size(), position + count + 1));
    return ListEntriesAroundResponse.newBuilder()
        .addAllEntries(names.shown(request.getBoard(), entries, context))
        .build();
  }

  BatchGetEntriesResponse batch(BatchGetEntriesRequest request, QueryContext context) {
    List<String> asking = request.getMembersList();
    int asked = asking.size();
    for (int i = 0; i < asked; i++) {
      if (!Bounds.isPlain(asking.get(i))) {
        Bounds.checkWholeName("members[" + i + "]", asking.get(i));
      }
    }
    BoardRanks board = find(request.getBoard(), context);
    // First all lookups, then all descents, so that cache misses overlap. The upper half of
    // `order` sorts: position, place in the request.
    int[] ids = new int[asked];
    for (int i = 0; i < asked; i++) {
      ids[i] = board.find(asking.get(i));
    }
    long[] order = new long[asked];
    int[] better = new int[asked];
    int found = 0;
    for (int i = 0; i < asked; i++) {
      if (ids[i] >= 0) {
        long counts = board.positionAndBetter(ids[i]);
        better[i] = (int) (counts >>> 32);
        order[found++] = counts << 32 | i;
      }
    }
    Arrays.sort(order, 0, found);
    List<Entry> entries = new ArrayList<>(found);
    int last = -1;
    for (int at = 0; at < found; at++) {
      int position = (int) (order[at] >>> 32);
      // A name given twice is answered once.
      if (position != last) {
        int i = (int) order[at];
        entries.add(Answers.entry(board, ids[i], asking.get(i), position, better[i]));
        last = position;
      }
    }
    return BatchGetEntriesResponse.newBuilder()
        .addAllEntries(names.shown(request.getBoard(), entries, context))
        .build();
  }

  CountEntriesResponse count(CountEntriesRequest request, QueryContext context) {
    BoardRanks board = find(request.getBoard(), context);
    Range range =
        Range.of(
            board,
            request.hasMinScore() ? request.getMinScore() : null,
            request.hasMaxScore() ? request.getMaxScore() : null);
    return CountEntriesResponse.newBuilder().setCount(range.end() - range.from()).build();
  }

  ImportMark importMark(GetImportMarkRequest request, QueryContext context) {
    Bounds.checkName("source", request.getSource());
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    Long row =
        board == null
            ? null
            : imports.get(new NameOnBoard(board.row().boardId(), request.getSource()));
    return ImportMark.newBuilder()
        .setSource(request.getSource())
        .setRow(row == null ? 0 : row)
        .build();
  }

  private BoardRanks find(String name, QueryContext context) {
    BoardRanks board = index.find(context.caller().project(), name);
    if (board == null) {
      throw Failure.notFound("board", name);
    }
    return board;
  }

  private static int member(BoardRanks board, String name) {
    int id = board.find(name);
    if (id < 0) {
      throw Failure.notFound("member", name);
    }
    return id;
  }

  /** The positions, {@code end} exclusive, of the members whose scores lie within bounds. */
  private record Range(int from, int end) {
    static Range of(BoardRanks board, @Nullable Double min, @Nullable Double max) {
      if (min != null && max != null && min > max) {
        throw Failure.invalid(
            "min_score", "must not be greater than max_score " + max + "; got " + min);
      }
      Double first = board.settings().highFirst() ? max : min;
      Double last = board.settings().highFirst() ? min : max;
      return new Range(
          first == null ? 0 : board.better(first + 0.0),
          last == null ? board.size() : board.betterOrLevel(last + 0.0));
    }
  }
}
