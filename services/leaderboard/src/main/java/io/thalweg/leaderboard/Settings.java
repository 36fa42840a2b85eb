package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.ResetSchedule;
import io.thalweg.leaderboard.v1.TieBreak;
import io.thalweg.schedules.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a board, nothing left open.
 *
 * @param memberCap most members; 0: no cap
 * @param schedule when it resets by itself; null: never
 * @param archiveTop most entries of the final standings that a reset archives
 * @param maxSeasons most ended seasons that are kept
 * @param tieBreak who of those with equal scores stands first
 */
record Settings(
    Order order,
    Operator operator,
    Ranking ranking,
    int memberCap,
    @Nullable Schedule schedule,
    int archiveTop,
    int maxSeasons,
    TieBreak tieBreak) {
  static final int DEFAULT_ARCHIVE_TOP = 100;
  static final int DEFAULT_MAX_SEASONS = 100;
  static final Settings DEFAULT = new Settings(Order.HIGH_FIRST, Operator.BEST, Ranking.ORDINAL, 0);

  /** Of a board that is made by setting scores: as a sorted set of Redis. */
  static final Settings SORTED_SET =
      new Settings(Order.LOW_FIRST, Operator.LAST, Ranking.ORDINAL, 0)
          .withTieBreak(TieBreak.BY_NAME);

  /** Settings that leave seasons and ties as they are by default. */
  Settings(Order order, Operator operator, Ranking ranking, int memberCap) {
    this(
        order,
        operator,
        ranking,
        memberCap,
        null,
        DEFAULT_ARCHIVE_TOP,
        DEFAULT_MAX_SEASONS,
        TieBreak.REACHED_FIRST);
  }

  /** These settings, with what is unspecified as here. */
  Settings with(Order newOrder, Operator newOperator, Ranking newRanking, int newMemberCap) {
    return new Settings(
        newOrder == Order.ORDER_UNSPECIFIED ? order : newOrder,
        newOperator == Operator.OPERATOR_UNSPECIFIED ? operator : newOperator,
        newRanking == Ranking.RANKING_UNSPECIFIED ? ranking : newRanking,
        newMemberCap,
        schedule,
        archiveTop,
        maxSeasons,
        tieBreak);
  }

  /** The schedule that a message says, or null if its cron is empty. */
  static @Nullable Schedule scheduleOf(ResetSchedule message) {
    return Schedule.of(message.getCron(), message.getTimeZone());
  }

  Settings withSeasons(@Nullable Schedule newSchedule, int newArchiveTop, int newMaxSeasons) {
    return new Settings(
        order, operator, ranking, memberCap, newSchedule, newArchiveTop, newMaxSeasons, tieBreak);
  }

  /** These settings, with another order of equal scores, if it is specified. */
  Settings withTieBreak(TieBreak newTieBreak) {
    return new Settings(
        order,
        operator,
        ranking,
        memberCap,
        schedule,
        archiveTop,
        maxSeasons,
        newTieBreak == TieBreak.TIE_BREAK_UNSPECIFIED ? tieBreak : newTieBreak);
  }

  static Settings of(BoardSettings settings) {
    return DEFAULT
        .with(
            settings.getOrder(),
            settings.getOperator(),
            settings.getRanking(),
            settings.getMemberCap())
        .withSeasons(
            scheduleOf(settings.getResetSchedule()),
            settings.hasArchiveTop() ? settings.getArchiveTop() : DEFAULT_ARCHIVE_TOP,
            settings.hasMaxSeasons() ? settings.getMaxSeasons() : DEFAULT_MAX_SEASONS)
        .withTieBreak(settings.getTieBreak());
  }

  BoardSettings toMessage() {
    BoardSettings.Builder message =
        BoardSettings.newBuilder()
            .setOrder(order)
            .setOperator(operator)
            .setRanking(ranking)
            .setMemberCap(memberCap)
            .setArchiveTop(archiveTop)
            .setMaxSeasons(maxSeasons)
            .setTieBreak(tieBreak);
    if (schedule != null) {
      message.setResetSchedule(
          ResetSchedule.newBuilder().setCron(schedule.cron()).setTimeZone(schedule.timeZone()));
    }
    return message.build();
  }

  /** Whether a board without seasons is all that they describe. */
  boolean seasonsAreDefault() {
    return schedule == null
        && archiveTop == DEFAULT_ARCHIVE_TOP
        && maxSeasons == DEFAULT_MAX_SEASONS;
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
