package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import java.util.SplittableRandom;

/**
 * Requests for one board whose members are {@code m000000000000} and so on, picked uniformly. The
 * last score of a member counts, so that every submit moves somebody. Used by one thread.
 */
final class Load {
  /** Entries of a batch: the most that the contract allows. */
  static final int BATCH = 1000;

  private static final int NAME_DIGITS = 12;
  private static final int SCORES = 1_000_000_000;

  private final String board;
  private final String[] members;
  private final SplittableRandom random;

  Load(String board, String[] members, long seed) {
    this.board = board;
    this.members = members;
    random = new SplittableRandom(seed);
  }

  /** The names of so many members. */
  static String[] members(int count) {
    String[] names = new String[count];
    for (int i = 0; i < count; i++) {
      names[i] = member(i);
    }
    return names;
  }

  /** The name of a member: the letter m and twelve digits, as redis-benchmark would make it. */
  static String member(int index) {
    char[] name = new char[NAME_DIGITS + 1];
    name[0] = 'm';
    int rest = index;
    for (int at = NAME_DIGITS; at > 0; at--) {
      name[at] = (char) ('0' + rest % 10);
      rest /= 10;
    }
    return new String(name);
  }

  Message submit() {
    return SubmitScoreRequest.newBuilder()
        .setBoard(board)
        .setMember(pick())
        .setScore(random.nextInt(SCORES))
        .build();
  }

  Message submitBatch() {
    SubmitScoresRequest.Builder request = SubmitScoresRequest.newBuilder().setBoard(board);
    for (int i = 0; i < BATCH; i++) {
      request.addScores(score(pick()));
    }
    return request.build();
  }

  Message rank() {
    return GetEntryRequest.newBuilder().setBoard(board).setMember(pick()).build();
  }

  Message rankBatch() {
    BatchGetEntriesRequest.Builder request = BatchGetEntriesRequest.newBuilder().setBoard(board);
    for (int i = 0; i < BATCH; i++) {
      request.addMembers(pick());
    }
    return request.build();
  }

  /** The batch that gives the members from {@code first} on their first scores. */
  SubmitScoresRequest fill(int first) {
    SubmitScoresRequest.Builder request =
        SubmitScoresRequest.newBuilder().setBoard(board).setOperator(Operator.LAST);
    for (int i = first; i < Math.min(members.length, first + BATCH); i++) {
      request.addScores(score(members[i]));
    }
    return request.build();
  }

  int memberCount() {
    return members.length;
  }

  private Score score(String member) {
    return Score.newBuilder().setMember(member).setScore(random.nextInt(SCORES)).build();
  }

  private String pick() {
    return members[random.nextInt(members.length)];
  }
}
