package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.ListBoardsRequest;
import io.thalweg.leaderboard.v1.ListBoardsResponse;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.Table;
import java.util.List;

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
    NamePages.Page<Table.Row<String, BoardRow>> next =
        NamePages.part(context.scanAll(boards), request.getPageToken(), pageSize(request));
    ListBoardsResponse.Builder part =
        ListBoardsResponse.newBuilder().setNextPageToken(next.nextPageToken());
    next.items().forEach(row -> part.addBoards(Answers.board(row.key(), row.value())));
    return part.build();
  }

  /** The page, of the parts of all partitions. */
  static ListBoardsResponse merge(ListBoardsRequest request, List<ListBoardsResponse> parts) {
    NamePages.Page<Board> page =
        NamePages.merge(
            parts,
            ListBoardsResponse::getBoardsList,
            ListBoardsResponse::getNextPageToken,
            Board::getBoard,
            pageSize(request));
    return ListBoardsResponse.newBuilder()
        .addAllBoards(page.items())
        .setNextPageToken(page.nextPageToken())
        .build();
  }

  private static int pageSize(ListBoardsRequest request) {
    return request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
  }
}
