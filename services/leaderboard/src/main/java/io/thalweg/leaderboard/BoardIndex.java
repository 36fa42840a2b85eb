package io.thalweg.leaderboard;

import io.thalweg.contract.Sealed;
import io.thalweg.leaderboard.Rows.MemberOfBoard;
import io.thalweg.leaderboard.Rows.NameOnBoard;
import io.thalweg.state.RowListener;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The boards of one partition in memory, by project and name. Derived from the rows of the tables
 * boards and standings, through the two listeners; changes in no other way.
 *
 * <p>A deleted or reset board's standings (and a deleted one's names) go by one range delete, of
 * which no listener is told; it is seen by the board's row, which goes or gets a new number. What
 * was under the old number is set aside until the command is settled, because until then it may be
 * undone.
 */
final class BoardIndex {
  private final EncodedName encoded = new EncodedName();
  private final Map<BoardName, BoardRanks> byName = new HashMap<>();
  private final Map<Long, BoardRanks> byId = new HashMap<>();
  private final Map<Long, BoardRanks> aside = new HashMap<>();
  // How many display names a board has; only boards that have any.
  private final Map<BoardName, Integer> names = new HashMap<>();
  private final Map<BoardName, Integer> namesAside = new HashMap<>();
  private @Nullable BoardRanks last;
  // The rows that were stored are all in: heard when they are settled for the first time.
  private boolean opened;

  /**
   * A board's name within its project. Comparable, so that a map stays fast when many names have
   * one hash.
   */
  private record BoardName(int project, String board) implements Comparable<BoardName> {
    @Override
    public int compareTo(BoardName other) {
      int byProject = Integer.compare(project, other.project);
      return byProject != 0 ? byProject : board.compareTo(other.board);
    }
  }

  /** The board, or null. */
  @Nullable BoardRanks find(int project, String board) {
    return byName.get(new BoardName(project, board));
  }

  /** The board of an event: it must be there. */
  BoardRanks get(int project, String board) {
    BoardRanks found = find(project, board);
    if (found == null) {
      throw new IllegalStateException("an event of a board that there is not");
    }
    return found;
  }

  /** How many members have a display name on a board, whether on it or not. */
  int names(int project, String board) {
    return names.isEmpty() ? 0 : names.getOrDefault(new BoardName(project, board), 0);
  }

  /** Boards of all projects. */
  int size() {
    return byName.size();
  }

  /** Hears the rows of the table of boards. */
  RowListener<String, BoardRow> boardRows() {
    return new RowListener<>() {
      @Override
      public void changed(
          int project, String board, @Nullable BoardRow before, @Nullable BoardRow after) {
        boardChanged(new BoardName(project, board), before, after);
      }

      @Override
      public void settled() {
        if (!aside.isEmpty()) {
          aside.clear();
        }
      }
    };
  }

  /** Hears the rows of the table of display names. */
  RowListener<MemberOfBoard, Sealed> nameRows() {
    return new RowListener<>() {
      @Override
      public void changed(
          int project, MemberOfBoard key, @Nullable Sealed before, @Nullable Sealed after) {
        int more = (after == null ? 0 : 1) - (before == null ? 0 : 1);
        if (more != 0) {
          names.merge(
              new BoardName(project, key.board()), more, (a, b) -> a + b == 0 ? null : a + b);
        }
      }

      @Override
      public void settled() {
        if (!namesAside.isEmpty()) {
          namesAside.clear();
        }
      }
    };
  }

  /** Hears the rows of the table of standings. */
  RowListener<NameOnBoard, Standing> standingRows() {
    return new RowListener<>() {
      @Override
      public void changed(
          int project, NameOnBoard key, @Nullable Standing before, @Nullable Standing after) {
        ofStanding(key.boardId()).stand(key.name(), after);
      }

      @Override
      public void settled() {
        if (!opened) {
          opened = true;
          byId.values().forEach(BoardRanks::opened);
        }
      }
    };
  }

  private void boardChanged(BoardName name, @Nullable BoardRow before, @Nullable BoardRow after) {
    if (before != null && (after == null || after.boardId() != before.boardId())) {
      BoardRanks left = byId.remove(before.boardId());
      if (left != null) {
        aside.put(before.boardId(), left);
      }
      last = null;
    }
    if (after == null) {
      byName.remove(name);
      Integer left = names.remove(name);
      if (left != null) {
        namesAside.put(name, left);
      }
      return;
    }
    Integer undoneNames = before == null ? namesAside.remove(name) : null;
    if (undoneNames != null) {
      names.put(name, undoneNames);
    }
    BoardRanks board = byId.get(after.boardId());
    if (board == null) {
      BoardRanks undone = aside.remove(after.boardId());
      board = undone != null && after.memberCount() > 0 ? undone : new BoardRanks(after, encoded);
      byId.put(after.boardId(), board);
    }
    board.row(after);
    byName.put(name, board);
  }

  private BoardRanks ofStanding(long boardId) {
    BoardRanks present = last;
    if (present == null || present.row().boardId() != boardId) {
      // When rows are loaded, a standing may come before its board's row, which then completes it.
      present =
          byId.computeIfAbsent(
              boardId, id -> new BoardRanks(new BoardRow(id, 0, Settings.DEFAULT, 0, 0), encoded));
      last = present;
    }
    return present;
  }
}
