package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.ListRangeRequest;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import org.jspecify.annotations.Nullable;

/**
 * Answers about ranges that were given lately: the first page of a board is asked for again and
 * again, also while nothing changes there. One is right as long as its board has the same {@link
 * BoardRanks#version}. Holds at most {@value #SLOTS} answers of at most {@value #MAX_MEMBERS}
 * members, each where its request's hash puts it. Of a partition's thread.
 */
final class RecentRanges {
  private static final int SLOTS = 64;
  private static final int MAX_MEMBERS = 100;

  private final @Nullable Answer[] answers = new Answer[SLOTS];

  private record Answer(Object version, ListRangeRequest request, ListRangeResponse response) {}

  private static int slot(ListRangeRequest request) {
    return request.hashCode() & (SLOTS - 1);
  }

  /** The answer to a request; null if it is not known. */
  @Nullable ListRangeResponse find(BoardRanks board, ListRangeRequest request) {
    Answer answer = answers[slot(request)];
    return answer != null
            && answer.version.equals(board.version())
            && answer.request.equals(request)
        ? answer.response
        : null;
  }

  /** Keeps an answer, if it is short. */
  ListRangeResponse keep(BoardRanks board, ListRangeRequest request, ListRangeResponse response) {
    if (response.getMembersCount() <= MAX_MEMBERS) {
      answers[slot(request)] = new Answer(board.version(), request, response);
    }
    return response;
  }
}
