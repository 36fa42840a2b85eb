package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.MemberRemoved;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.PopMembersRequest;
import io.thalweg.leaderboard.v1.PopMembersResponse;
import io.thalweg.leaderboard.v1.PutScoresRequest;
import io.thalweg.leaderboard.v1.PutScoresResponse;
import io.thalweg.leaderboard.v1.RemoveMembersRequest;
import io.thalweg.leaderboard.v1.RemoveMembersResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.List;

/**
 * Decides what the commands of a sorted set make of a board. What changes nothing emits nothing,
 * and makes no board.
 */
final class SortedSetCommands {
  private final BoardIndex index;

  SortedSetCommands(BoardIndex index) {
    this.index = index;
  }

  PutScoresResponse putScores(PutScoresRequest request, CommandContext context) {
    check(request);
    String name = request.getBoard();
    BoardRanks board = index.find(context.caller().project(), name);
    if (board == null) {
      if (request.getOnlyPresent()) {
        return PutScoresResponse.getDefaultInstance();
      }
      Bounds.checkName("board", name);
      Submissions.create(index, name, Settings.SORTED_SET, context);
      board = index.get(context.caller().project(), name);
    } else if (board.settings().operator() != Operator.LAST) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "operator is "
              + board.settings().operator()
              + " on board '"
              + Failure.quote(name)
              + "'; scores are set only where it is LAST");
    }
    return put(request, board, context);
  }

  private static PutScoresResponse put(
      PutScoresRequest request, BoardRanks board, CommandContext context) {
    int count = request.getMembersCount();
    Tally tally = new Tally(board, request.getBoard(), context, count);
    int added = 0;
    int changed = 0;
    double last = Double.NaN;
    for (int i = 0; i < count; i++) {
      String member = request.getMembers(i);
      double present = tally.present(member);
      double next = next(request, present, request.getScores(i) + 0.0); // -0 becomes 0
      last = next;
      if (Double.isNaN(next)) {
        continue;
      }
      if (Double.isNaN(present)) {
        added++;
      } else if (next != present) {
        changed++;
      } else {
        continue;
      }
      tally.add(member, next, i);
    }
    if (added > 0 || changed > 0) {
      tally.finish(null);
    }
    PutScoresResponse.Builder response =
        PutScoresResponse.newBuilder().setAdded(added).setChanged(changed);
    return (Double.isNaN(last) ? response : response.setScore(last)).build();
  }

  /** The score that a member gets; NaN if a condition holds it back. */
  private static double next(PutScoresRequest request, double present, double given) {
    if (Double.isNaN(present)) {
      return request.getOnlyPresent() ? Double.NaN : given;
    }
    if (request.getOnlyNew()) {
      return Double.NaN;
    }
    double next = request.getIncrement() ? present + given : given;
    if (Double.isNaN(next)) {
      throw Failure.of(Code.OUT_OF_RANGE, "resulting score is not a number (NaN)");
    }
    boolean held =
        (request.getOnlyGreater() && next <= present) || (request.getOnlyLess() && next >= present);
    return held ? Double.NaN : next;
  }

  private static void check(PutScoresRequest request) {
    int count = request.getMembersCount();
    if (request.getScoresCount() != count) {
      throw Failure.invalid(
          "scores", "must be as many as members, " + count + "; got " + request.getScoresCount());
    }
    int excluding =
        (request.getOnlyNew() ? 1 : 0)
            + (request.getOnlyGreater() ? 1 : 0)
            + (request.getOnlyLess() ? 1 : 0);
    if (excluding > 1 || (request.getOnlyNew() && request.getOnlyPresent())) {
      throw Failure.invalid(
          "only_new",
          "must not stand with only_present, only_greater or only_less, nor the last two together");
    }
    for (int i = 0; i < count; i++) {
      checkMember(request.getMembers(i), i);
      if (Double.isNaN(request.getScores(i))) {
        throw Failure.invalid("scores[" + i + "]", "must be a number; got NaN");
      }
    }
  }

  private static void checkMember(String member, int i) {
    if (!Bounds.isPlain(member)) {
      Bounds.checkWholeName("members[" + i + "]", member);
    }
  }

  RemoveMembersResponse removeMembers(RemoveMembersRequest request, CommandContext context) {
    List<String> members = request.getMembersList();
    for (int i = 0; i < members.size(); i++) {
      checkMember(members.get(i), i);
    }
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    int removed = 0;
    if (board != null) {
      for (String member : members) {
        if (board.find(member) >= 0) {
          remove(request.getBoard(), member, context);
          removed++;
        }
      }
    }
    return RemoveMembersResponse.newBuilder().setRemoved(removed).build();
  }

  PopMembersResponse popMembers(PopMembersRequest request, CommandContext context) {
    PopMembersResponse.Builder response = PopMembersResponse.newBuilder();
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    if (board == null) {
      return response.build();
    }
    // Each event moves those behind it up, so the next one is always at the same end.
    boolean fromTheEnd = board.settings().highFirst() != request.getHighest();
    int count = Math.min(request.getCount(), board.size());
    for (int i = 0; i < count; i++) {
      int id = board.from(fromTheEnd ? board.size() - 1 : 0).id();
      String member = board.name(id);
      response.addMembers(member).addScores(board.score(id));
      remove(request.getBoard(), member, context);
    }
    return response.build();
  }

  private static void remove(String board, String member, CommandContext context) {
    context.emit(MemberRemoved.newBuilder().setBoard(board).setMember(member).build());
  }
}
