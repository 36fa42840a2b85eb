package io.thalweg.leaderboard.resp;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.v1.ListRangeRequest;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import io.thalweg.leaderboard.v1.RangeOf;

/** Commands that ask for ranges of places, scores and names. */
final class RangeCommands {
  private static final Encoder MEMBERS = (out, message) -> members(out, message, false);
  private static final Encoder MEMBERS_AND_SCORES = (out, message) -> members(out, message, true);
  private static final Encoder COUNT =
      (out, message) -> out.integer(((ListRangeResponse) message).getCount());
  // A reply of so many members weighs as much as one command.
  private static final int MEMBERS_OF_WEIGHT_1 = 64;

  private RangeCommands() {}

  /** What stands behind the bounds. */
  private static final class Options {
    private boolean byScore;
    private boolean byLex;
    private boolean reverse;
    private boolean scores;
    private boolean limited;
    private long offset;
    private long limit = -1;
  }

  /** ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]. */
  static void zrange(RespConnection connection, Arguments a) {
    Options options = options(a, true);
    if (options.limited && !options.byScore && !options.byLex) {
      throw new BadCommand(
          "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    }
    if (options.scores && options.byLex) {
      throw new BadCommand("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    }
    submit(connection, a, options);
  }

  static void zrevrange(RespConnection connection, Arguments a) {
    if (a.count() > 5 || (a.count() == 5 && !a.is(4, "WITHSCORES"))) {
      throw BadCommand.syntax();
    }
    Options options = new Options();
    options.reverse = true;
    options.scores = a.count() == 5;
    submit(connection, a, options);
  }

  static void zrangebyscore(RespConnection connection, Arguments a) {
    byScore(connection, a, false);
  }

  static void zrevrangebyscore(RespConnection connection, Arguments a) {
    byScore(connection, a, true);
  }

  private static void byScore(RespConnection connection, Arguments a, boolean reverse) {
    Options options = options(a, false);
    options.byScore = true;
    options.reverse = reverse;
    submit(connection, a, options);
  }

  static void zrangebylex(RespConnection connection, Arguments a) {
    byLex(connection, a, false);
  }

  static void zrevrangebylex(RespConnection connection, Arguments a) {
    byLex(connection, a, true);
  }

  private static void byLex(RespConnection connection, Arguments a, boolean reverse) {
    Options options = options(a, false);
    if (options.scores) {
      throw BadCommand.syntax();
    }
    options.byLex = true;
    options.reverse = reverse;
    submit(connection, a, options);
  }

  /** ZCOUNT key min max. */
  static void zcount(RespConnection connection, Arguments a) {
    ListRangeRequest.Builder request = request(a).setOf(RangeOf.SCORES).setCountOnly(true);
    scores(request, a, 2, 3);
    connection.submit(request.build(), COUNT);
  }

  /** ZLEXCOUNT key min max. */
  static void zlexcount(RespConnection connection, Arguments a) {
    ListRangeRequest.Builder request = request(a).setOf(RangeOf.NAMES).setCountOnly(true);
    if (names(request, a, 2, 3)) {
      connection.submit(request.build(), COUNT);
    } else {
      connection.reply(out -> out.integer(0));
    }
  }

  private static Options options(Arguments a, boolean ofZrange) {
    Options options = new Options();
    for (int i = 4; i < a.count(); i++) {
      if (a.is(i, "WITHSCORES")) {
        options.scores = true;
      } else if (a.is(i, "LIMIT") && i + 2 < a.count()) {
        options.limited = true;
        options.offset = a.integer(i + 1);
        options.limit = a.integer(i + 2);
        i += 2;
      } else if (ofZrange && a.is(i, "REV")) {
        options.reverse = true;
      } else if (ofZrange && a.is(i, "BYSCORE") && !options.byLex) {
        options.byScore = true;
      } else if (ofZrange && a.is(i, "BYLEX") && !options.byScore) {
        options.byLex = true;
      } else {
        throw BadCommand.syntax();
      }
    }
    return options;
  }

  private static void submit(RespConnection connection, Arguments a, Options options) {
    ListRangeRequest.Builder request = request(a).setReverse(options.reverse);
    boolean some = true;
    long most = Long.MAX_VALUE;
    // In reverse, the greater bound comes first.
    int min = options.reverse ? 3 : 2;
    int max = options.reverse ? 2 : 3;
    if (options.byScore) {
      scores(request.setOf(RangeOf.SCORES), a, min, max);
    } else if (options.byLex) {
      some = names(request.setOf(RangeOf.NAMES), a, min, max);
    } else {
      long first = a.integer(2);
      long last = a.integer(3);
      request.setOf(RangeOf.PLACES).setFirst(first).setLast(last);
      most = first >= 0 == last >= 0 ? last - first + 1 : most;
    }
    if (options.limited) {
      some &= options.offset >= 0;
      request.setOffset(Math.max(0, options.offset));
      if (options.limit >= 0) {
        request.setLimit(options.limit);
        most = options.limit;
      }
    }
    if (some) {
      connection.submit(
          request.build(), options.scores ? MEMBERS_AND_SCORES : MEMBERS, weight(most));
    } else {
      connection.reply(out -> out.array(0));
    }
  }

  private static int weight(long most) {
    return Math.clamp(1 + most / MEMBERS_OF_WEIGHT_1, 1, RespConnection.MAX_WEIGHT);
  }

  private static ListRangeRequest.Builder request(Arguments a) {
    return ListRangeRequest.newBuilder().setBoard(a.key(1));
  }

  private static void scores(ListRangeRequest.Builder request, Arguments a, int min, int max) {
    boolean minExclusive = startsWith(a, min, '(');
    boolean maxExclusive = startsWith(a, max, '(');
    double least = a.number(min, minExclusive ? 1 : 0);
    double greatest = a.number(max, maxExclusive ? 1 : 0);
    if (Double.isNaN(least) || Double.isNaN(greatest)) {
      throw new BadCommand("ERR min or max is not a float");
    }
    request
        .setMinScore(least)
        .setMaxScore(greatest)
        .setMinExclusive(minExclusive)
        .setMaxExclusive(maxExclusive);
  }

  /** False if nothing can lie within the bounds. */
  private static boolean names(ListRangeRequest.Builder request, Arguments a, int min, int max) {
    checkName(a, min);
    checkName(a, max);
    boolean none = startsWith(a, min, '+') || startsWith(a, max, '-');
    if (!none && !startsWith(a, min, '-')) {
      request.setMinName(a.text(min).substring(1)).setMinExclusive(startsWith(a, min, '('));
    }
    if (!none && !startsWith(a, max, '+')) {
      request.setMaxName(a.text(max).substring(1)).setMaxExclusive(startsWith(a, max, '('));
    }
    return !none;
  }

  private static void checkName(Arguments a, int i) {
    boolean name = startsWith(a, i, '[') || startsWith(a, i, '(');
    boolean end = (startsWith(a, i, '-') || startsWith(a, i, '+')) && a.length(i) == 1;
    if (!name && !end) {
      throw new BadCommand("ERR min or max not valid string range item");
    }
  }

  private static boolean startsWith(Arguments a, int i, char first) {
    return a.length(i) > 0 && a.byteAt(i, 0) == first;
  }

  private static void members(ReplyWriter out, Message message, boolean scores) {
    ListRangeResponse response = (ListRangeResponse) message;
    int n = response.getMembersCount();
    boolean pairs = scores && out.version3();
    out.array(scores && !pairs ? 2 * n : n);
    for (int i = 0; i < n; i++) {
      if (pairs) {
        out.array(2);
      }
      out.bulk(response.getMembers(i));
      if (scores) {
        out.score(response.getScores(i));
      }
    }
  }
}
