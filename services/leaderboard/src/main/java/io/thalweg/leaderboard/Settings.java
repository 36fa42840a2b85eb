package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;

/**
 * Settings of a board, nothing left open.
 *
 * @param memberCap most members; 0: no cap
 */
record Settings(Order order, Operator operator, Ranking ranking, int memberCap) {
  static final Settings DEFAULT = new Settings(Order.HIGH_FIRST, Operator.BEST, Ranking.ORDINAL, 0);

  /** These settings, with what {@code changes} leaves unspecified as here. */
  Settings with(Order newOrder, Operator newOperator, Ranking newRanking, int newMemberCap) {
    return new Settings(
        newOrder == Order.ORDER_UNSPECIFIED ? order : newOrder,
        newOperator == Operator.OPERATOR_UNSPECIFIED ? operator : newOperator,
        newRanking == Ranking.RANKING_UNSPECIFIED ? ranking : newRanking,
        newMemberCap);
  }

  static Settings of(BoardSettings settings) {
    return DEFAULT.with(
        settings.getOrder(),
        settings.getOperator(),
        settings.getRanking(),
        settings.getMemberCap());
  }

  BoardSettings toMessage() {
    return BoardSettings.newBuilder()
        .setOrder(order)
        .setOperator(operator)
        .setRanking(ranking)
        .setMemberCap(memberCap)
        .build();
  }

  boolean highFirst() {
    return order == Order.HIGH_FIRST;
  }

  /** Whether score {@code a} ranks strictly before {@code b}. */
  boolean isBetter(double a, double b) {
    return highFirst() ? a > b : a < b;
  }

  /** The score that counts when {@code submitted} comes upon {@code present}. May be infinite. */
  double combine(double present, double submitted) {
    return switch (operator) {
      case BEST -> isBetter(submitted, present) ? submitted : present;
      case LAST -> submitted;
      case SUM -> present + submitted;
      case MIN -> Math.min(present, submitted);
      case MAX -> Math.max(present, submitted);
      case OPERATOR_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a board without an operator");
    };
  }
}
