package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.GetPlaceRequest;
import io.thalweg.leaderboard.v1.ListRangeRequest;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import io.thalweg.leaderboard.v1.Place;
import io.thalweg.leaderboard.v1.RangeOf;
import io.thalweg.leaderboard.v1.TieBreak;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;

/**
 * Answers what is asked of a sorted set. Places count from the lowest score up, or in reverse from
 * the highest down, whatever the order of the board is.
 */
final class SortedSetReads {
  /** Most members in an answer. */
  static final int MAX_MEMBERS = 100_000;

  private static final Span NONE = new Span(0, 0);

  private final BoardIndex index;
  private final RecentRanges recent = new RecentRanges();

  SortedSetReads(BoardIndex index) {
    this.index = index;
  }

  /** Places from {@code from} to {@code end}, exclusive, in the order that was asked for. */
  private record Span(int from, int end) {
    Span reversed(int size) {
      return new Span(size - end, size - from);
    }
  }

  Place place(GetPlaceRequest request, QueryContext context) {
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    int id = board == null ? -1 : board.find(request.getMember());
    if (board == null || id < 0) {
      return Place.getDefaultInstance();
    }
    int position = board.position(id);
    boolean forward = board.settings().highFirst() == request.getReverse();
    return Place.newBuilder()
        .setFound(true)
        .setScore(board.score(id))
        .setPosition(forward ? position : board.size() - 1 - position)
        .build();
  }

  ListRangeResponse range(ListRangeRequest request, QueryContext context) {
    BoardRanks board = index.find(context.caller().project(), request.getBoard());
    if (board == null) {
      return ListRangeResponse.getDefaultInstance();
    }
    ListRangeResponse known = recent.find(board, request);
    return known == null ? recent.keep(board, request, range(request, board)) : known;
  }

  private static ListRangeResponse range(ListRangeRequest request, BoardRanks board) {
    Span span = limited(span(request, board), request);
    ListRangeResponse.Builder response = ListRangeResponse.newBuilder();
    int count = span.end() - span.from();
    response.setCount(count);
    if (request.getCountOnly() || count == 0) {
      return response.build();
    }
    if (count > MAX_MEMBERS) {
      throw Failure.of(
          Code.INVALID_ARGUMENT,
          "the range has %d members; an answer has at most %d: ask for a part"
              .formatted(count, MAX_MEMBERS));
    }
    boolean forward =
        request.getOf() == RangeOf.NAMES
            ? !request.getReverse()
            : board.settings().highFirst() == request.getReverse();
    CountedTree.Cursor cursor = board.from(forward ? span.from() : board.size() - 1 - span.from());
    for (int i = 0; i < count; i++) {
      int id = cursor.id();
      response.addMembers(board.name(id)).addScores(board.score(id));
      boolean more = forward ? cursor.next() : cursor.previous();
      if (!more) {
        break;
      }
    }
    return response.build();
  }

  private static Span span(ListRangeRequest request, BoardRanks board) {
    return switch (request.getOf()) {
      case PLACES -> ofPlaces(request, board.size());
      case SCORES -> {
        Span ascending = ofScores(request, board);
        yield request.getReverse() ? ascending.reversed(board.size()) : ascending;
      }
      case NAMES -> {
        Span ascending = ofNames(request, board);
        yield request.getReverse() ? ascending.reversed(board.size()) : ascending;
      }
      case RANGE_OF_UNSPECIFIED, UNRECOGNIZED ->
          throw Failure.invalid("of", "must be PLACES, SCORES or NAMES; got " + request.getOf());
    };
  }

  private static Span ofPlaces(ListRangeRequest request, int size) {
    long first =
        Math.max(0, request.getFirst() < 0 ? request.getFirst() + size : request.getFirst());
    long last =
        Math.min(size - 1L, request.getLast() < 0 ? request.getLast() + size : request.getLast());
    return first > last ? NONE : new Span((int) first, (int) last + 1);
  }

  private static Span ofScores(ListRangeRequest request, BoardRanks board) {
    int from =
        request.hasMinScore() ? below(board, request.getMinScore(), request.getMinExclusive()) : 0;
    int end =
        request.hasMaxScore()
            ? below(board, request.getMaxScore(), !request.getMaxExclusive())
            : board.size();
    return from >= end ? NONE : new Span(from, end);
  }

  /** How many scores are below, or with {@code orLevel} not above. */
  private static int below(BoardRanks board, double score, boolean orLevel) {
    if (Double.isNaN(score)) {
      throw Failure.invalid("min_score", "and max_score must be numbers; got NaN");
    }
    double plain = score + 0.0; // -0 becomes 0
    if (!board.settings().highFirst()) {
      return orLevel ? board.betterOrLevel(plain) : board.better(plain);
    }
    return board.size() - (orLevel ? board.better(plain) : board.betterOrLevel(plain));
  }

  private static Span ofNames(ListRangeRequest request, BoardRanks board) {
    if (board.settings().tieBreak() != TieBreak.BY_NAME) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "tie_break is "
              + board.settings().tieBreak()
              + " on board '"
              + Failure.quote(request.getBoard())
              + "'; ranges of names need BY_NAME");
    }
    int size = board.size();
    int from =
        request.hasMinName()
            ? board.positionOfName(name(request.getMinName()), request.getMinExclusive(), 0, size)
            : 0;
    int end =
        request.hasMaxName()
            ? board.positionOfName(name(request.getMaxName()), !request.getMaxExclusive(), 0, size)
            : size;
    return from >= end ? NONE : new Span(from, end);
  }

  private static String name(String bound) {
    if (!bound.isEmpty() && !Bounds.isPlain(bound)) {
      Bounds.checkWholeName("min_name or max_name", bound);
    }
    return bound;
  }

  private static Span limited(Span span, ListRangeRequest request) {
    long from =
        Math.min(span.end(), span.from() + Math.min(request.getOffset(), Integer.MAX_VALUE));
    long end =
        request.hasLimit()
            ? Math.min(span.end(), from + Math.min(request.getLimit(), Integer.MAX_VALUE))
            : span.end();
    return new Span((int) from, (int) end);
  }
}
