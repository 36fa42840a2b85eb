package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.ListBoardsRequest;
import io.thalweg.leaderboard.v1.ListBoardsResponse;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Lists boards by name. Rows lie by slot, so every page looks at all boards of the project and
 * keeps those that come next: memory is bound by the page, time is not.
 */
final class BoardList {
  private final Table<String, BoardRow> boards;

  BoardList(Table<String, BoardRow> boards) {
    this.boards = boards;
  }

  /** A partition's part of the page: with a token if it has more. */
  ListBoardsResponse part(ListBoardsRequest request, ScanContext context) {
    String after = NamePages.nameBefore(request.getPageToken());
    int pageSize = pageSize(request);
    PriorityQueue<Table.Row<String, BoardRow>> next =
        new PriorityQueue<>(
            Comparator.comparing((Table.Row<String, BoardRow> row) -> row.key()).reversed());
    boolean more = false;
    Iterator<Table.Row<String, BoardRow>> rows = context.scanAll(boards);
    while (rows.hasNext()) {
      Table.Row<String, BoardRow> row = rows.next();
      if (row.key().compareTo(after) > 0) {
        next.add(row);
        if (next.size() > pageSize) {
          next.remove();
          more = true;
        }
      }
    }
    List<Board> page = new ArrayList<>(next.size());
    next.forEach(row -> page.add(Answers.board(row.key(), row.value())));
    page.sort(Comparator.comparing(Board::getBoard));
    return answer(page, more);
  }

  /** The page, of the parts of all partitions. */
  static ListBoardsResponse merge(ListBoardsRequest request, List<ListBoardsResponse> parts) {
    int pageSize = pageSize(request);
    List<Board> all = new ArrayList<>();
    boolean more = false;
    for (ListBoardsResponse part : parts) {
      all.addAll(part.getBoardsList());
      more |= !part.getNextPageToken().isEmpty();
    }
    all.sort(Comparator.comparing(Board::getBoard));
    return all.size() > pageSize ? answer(all.subList(0, pageSize), true) : answer(all, more);
  }

  private static int pageSize(ListBoardsRequest request) {
    return request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
  }

  private static ListBoardsResponse answer(List<Board> page, boolean more) {
    return ListBoardsResponse.newBuilder()
        .addAllBoards(page)
        .setNextPageToken(more ? NamePages.tokenAfter(page.getLast().getBoard()) : "")
        .build();
  }
}
