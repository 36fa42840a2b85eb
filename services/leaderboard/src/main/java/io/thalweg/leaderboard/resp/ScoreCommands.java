package io.thalweg.leaderboard.resp;

import io.thalweg.leaderboard.v1.PopMembersRequest;
import io.thalweg.leaderboard.v1.PopMembersResponse;
import io.thalweg.leaderboard.v1.PutScoresRequest;
import io.thalweg.leaderboard.v1.PutScoresResponse;
import io.thalweg.leaderboard.v1.RemoveMembersRequest;
import io.thalweg.leaderboard.v1.RemoveMembersResponse;

/** Commands that change scores. */
final class ScoreCommands {
  private static final int MAX_MEMBERS = 1000;
  private static final String NOT_FLOAT = "ERR value is not a valid float";

  private static final Encoder ADDED =
      (out, message) -> out.integer(((PutScoresResponse) message).getAdded());
  private static final Encoder ADDED_OR_CHANGED =
      (out, message) -> {
        PutScoresResponse response = (PutScoresResponse) message;
        out.integer(response.getAdded() + response.getChanged());
      };
  private static final Encoder SCORE =
      (out, message) -> {
        PutScoresResponse response = (PutScoresResponse) message;
        if (response.hasScore()) {
          out.score(response.getScore());
        } else {
          out.nothing();
        }
      };
  private static final Encoder REMOVED =
      (out, message) -> out.integer(((RemoveMembersResponse) message).getRemoved());
  private static final Encoder POPPED = (out, message) -> popped(out, message, false);
  private static final Encoder POPPED_PAIRS = (out, message) -> popped(out, message, true);

  private ScoreCommands() {}

  /** ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]. */
  static void zadd(RespConnection connection, Arguments a) {
    PutScoresRequest.Builder request = PutScoresRequest.newBuilder().setBoard(key(a));
    Encoder encoder = ADDED;
    int at = 2;
    for (; at < a.count(); at++) {
      if (a.is(at, "NX")) {
        request.setOnlyNew(true);
      } else if (a.is(at, "XX")) {
        request.setOnlyPresent(true);
      } else if (a.is(at, "GT")) {
        request.setOnlyGreater(true);
      } else if (a.is(at, "LT")) {
        request.setOnlyLess(true);
      } else if (a.is(at, "CH")) {
        encoder = ADDED_OR_CHANGED;
      } else if (a.is(at, "INCR")) {
        request.setIncrement(true);
      } else {
        break;
      }
    }
    int pairs = (a.count() - at) / 2;
    if (pairs == 0 || (a.count() - at) % 2 != 0) {
      throw BadCommand.syntax();
    }
    check(request, pairs);
    for (; at < a.count(); at += 2) {
      double score = a.number(at);
      if (Double.isNaN(score)) {
        throw new BadCommand(NOT_FLOAT);
      }
      request.addScores(score).addMembers(a.text(at + 1));
    }
    connection.submit(request.build(), request.getIncrement() ? SCORE : encoder);
  }

  private static void check(PutScoresRequest.Builder request, int pairs) {
    if (request.getOnlyNew() && request.getOnlyPresent()) {
      throw new BadCommand("ERR XX and NX options at the same time are not compatible");
    }
    if ((request.getOnlyGreater() && request.getOnlyNew())
        || (request.getOnlyLess() && request.getOnlyNew())
        || (request.getOnlyGreater() && request.getOnlyLess())) {
      throw new BadCommand("ERR GT, LT, and/or NX options at the same time are not compatible");
    }
    if (request.getIncrement() && pairs > 1) {
      throw new BadCommand("ERR INCR option supports a single increment-element pair");
    }
    checkMembers(pairs);
  }

  private static void checkMembers(int members) {
    if (members > MAX_MEMBERS) {
      throw new BadCommand(
          "ERR a command takes at most " + MAX_MEMBERS + " members; got " + members);
    }
  }

  private static String key(Arguments a) {
    return a.key(1);
  }

  /** ZINCRBY key increment member. */
  static void zincrby(RespConnection connection, Arguments a) {
    double increment = a.number(2);
    if (Double.isNaN(increment)) {
      throw new BadCommand(NOT_FLOAT);
    }
    connection.submit(
        PutScoresRequest.newBuilder()
            .setBoard(key(a))
            .addScores(increment)
            .addMembers(a.text(3))
            .setIncrement(true)
            .build(),
        SCORE);
  }

  /** ZREM key member [member ...]. */
  static void zrem(RespConnection connection, Arguments a) {
    checkMembers(a.count() - 2);
    RemoveMembersRequest.Builder request = RemoveMembersRequest.newBuilder().setBoard(key(a));
    for (int i = 2; i < a.count(); i++) {
      request.addMembers(a.text(i));
    }
    connection.submit(request.build(), REMOVED);
  }

  static void zpopmin(RespConnection connection, Arguments a) {
    pop(connection, a, false);
  }

  static void zpopmax(RespConnection connection, Arguments a) {
    pop(connection, a, true);
  }

  private static void pop(RespConnection connection, Arguments a, boolean highest) {
    if (a.count() > 3) {
      throw BadCommand.syntax();
    }
    long count = 1;
    if (a.count() == 3) {
      count = a.count(2);
    }
    checkMembers((int) Math.min(count, Integer.MAX_VALUE));
    connection.submit(
        PopMembersRequest.newBuilder()
            .setBoard(key(a))
            .setHighest(highest)
            .setCount((int) count)
            .build(),
        a.count() == 3 ? POPPED_PAIRS : POPPED);
  }

  /** In version 3, with a count, each member is a pair. */
  private static void popped(ReplyWriter out, Object message, boolean counted) {
    PopMembersResponse response = (PopMembersResponse) message;
    boolean pairs = counted && out.version3();
    out.array(response.getMembersCount() * (pairs ? 1 : 2));
    for (int i = 0; i < response.getMembersCount(); i++) {
      if (pairs) {
        out.array(2);
      }
      out.bulk(response.getMembers(i));
      out.score(response.getScores(i));
    }
  }
}
