package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a board must be, said in the simplest way: sorts all members for every question. */
final class NaiveBoard {
  /** A member's score and when it was reached, counted in scores. */
  record Member(String name, double score, long reached) {}

  private final Map<String, Member> members = new HashMap<>();
  private final Order order;
  private final Operator operator;
  private Ranking ranking;
  private final int cap;
  private long clock;

  NaiveBoard(Order order, Operator operator, Ranking ranking, int cap) {
    this.order = order;
    this.operator = operator;
    this.ranking = ranking;
    this.cap = cap;
  }

  /** Another that is as this one is now. */
  NaiveBoard copy() {
    NaiveBoard copy = new NaiveBoard(order, operator, ranking, cap);
    copy.members.putAll(members);
    copy.clock = clock;
    return copy;
  }

  void ranking(Ranking changed) {
    ranking = changed;
  }

  void clear() {
    members.clear();
  }

  /** The score that counts then. */
  double submit(String name, double score) {
    Member present = members.get(name);
    double counts = present == null ? score : combine(present.score(), score);
    if (present == null || counts != present.score()) {
      members.put(name, new Member(name, counts, clock++));
      if (present == null && cap > 0 && members.size() > cap) {
        members.remove(sorted().getLast().name());
      }
    }
    return counts;
  }

  private double combine(double present, double score) {
    return switch (operator) {
      case BEST -> order == Order.HIGH_FIRST ? Math.max(present, score) : Math.min(present, score);
      case LAST -> score;
      case SUM -> present + score;
      case MIN -> Math.min(present, score);
      case MAX -> Math.max(present, score);
      case OPERATOR_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException();
    };
  }

  boolean remove(String name) {
    return members.remove(name) != null;
  }

  List<Member> sorted() {
    List<Member> sorted = new ArrayList<>(members.values());
    Comparator<Member> byScore = Comparator.comparingDouble(Member::score);
    sorted.sort(
        (order == Order.HIGH_FIRST ? byScore.reversed() : byScore)
            .thenComparingLong(Member::reached));
    return sorted;
  }

  /** The first members as "rank name score", in rank order. */
  List<String> lines(int most) {
    return sorted().stream()
        .limit(most)
        .map(m -> rank(m.name()) + " " + m.name() + " " + m.score())
        .toList();
  }

  int size() {
    return members.size();
  }

  /** 0 if there is no such member. */
  int rank(String name) {
    Member member = members.get(name);
    if (member == null) {
      return 0;
    }
    List<Member> better =
        sorted().stream()
            .takeWhile(m ->
                order == Order.HIGH_FIRST ? m.score() > member.score() : m.score() < member.score())
            .toList();
    return switch (ranking) {
      case ORDINAL -> 1 + sorted().indexOf(member);
      case COMPETITION -> 1 + better.size();
      case DENSE -> 1 + (int) better.stream().mapToDouble(Member::score).distinct().count();
      case RANKING_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException();
    };
  }

  /** Share of members that have the member's score or a worse one. */
  double percentile(String name) {
    double score = Objects.requireNonNull(members.get(name)).score();
    long levelOrAhead =
        members.values().stream()
            .filter(m -> order == Order.HIGH_FIRST ? m.score() <= score : m.score() >= score)
            .count();
    return 100.0 * levelOrAhead / members.size();
  }

  long count(double min, double max) {
    return members.values().stream().filter(m -> m.score() >= min && m.score() <= max).count();
  }

  // What can be seen of it, now and later: when a score was reached matters by the order only.
  private List<List<Object>> seen() {
    return sorted().stream().map(m -> List.<Object>of(m.name(), m.score())).toList();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NaiveBoard board
        && order == board.order
        && operator == board.operator
        && ranking == board.ranking
        && cap == board.cap
        && seen().equals(board.seen());
  }

  @Override
  public int hashCode() {
    return seen().hashCode();
  }
}
