package io.thalweg.leaderboard;

import com.google.protobuf.Timestamp;
import io.thalweg.leaderboard.v1.BoardCreated;
import io.thalweg.leaderboard.v1.BoardDeleted;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.BoardReset;
import io.thalweg.leaderboard.v1.BoardUpdated;
import io.thalweg.leaderboard.v1.DisplayNameChanged;
import io.thalweg.leaderboard.v1.DisplayNameSet;
import io.thalweg.leaderboard.v1.MemberRemoved;
import io.thalweg.leaderboard.v1.ResetScheduled;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.leaderboard.v1.SeasonEnded;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.WatchedEvent;
import org.jspecify.annotations.Nullable;

/** Picks a board's events out of those of its slot. */
final class BoardWatch {
  private BoardWatch() {}

  static @Nullable BoardEvent map(WatchBoardRequest request, WatchedEvent watched) {
    BoardEvent.Builder event = BoardEvent.newBuilder();
    String board;
    switch (watched.event()) {
      case BoardCreated e -> {
        board = e.getBoard();
        event.setBoardCreated(e);
      }
      case BoardUpdated e -> {
        board = e.getBoard();
        event.setBoardUpdated(e);
      }
      case BoardReset e -> {
        board = e.getBoard();
        event.setBoardReset(e);
      }
      case BoardDeleted e -> {
        board = e.getBoard();
        event.setBoardDeleted(e);
      }
      case ScoresSubmitted e -> {
        board = e.getBoard();
        event.setScoresSubmitted(e);
      }
      case MemberRemoved e -> {
        board = e.getBoard();
        event.setMemberRemoved(e);
      }
      case SeasonEnded e -> {
        board = e.getBoard();
        event.setSeasonEnded(e);
      }
      case ResetScheduled e -> {
        board = e.getBoard();
        event.setResetScheduled(e);
      }
      case DisplayNameSet e -> {
        board = e.getBoard();
        // Nothing is unsealed for who watches another board.
        if (board.equals(request.getBoard())) {
          event.setDisplayNameChanged(
              DisplayNameChanged.newBuilder()
                  .setMember(e.getMember())
                  .setDisplayName(watched.unsealText(e.getDisplayName()).orElse("")));
        }
      }
      default -> {
        return null;
      }
    }
    if (!board.equals(request.getBoard())) {
      return null;
    }
    return event
        .setPosition(watched.position().toString())
        .setTime(time(watched.logTimeUs()))
        .build();
  }

  private static Timestamp time(long us) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(us, 1_000_000L))
        .setNanos((int) Math.floorMod(us, 1_000_000L) * 1000)
        .build();
  }
}
