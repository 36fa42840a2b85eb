package io.thalweg.schedules;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.thalweg.runtime.Failure;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The times of a {@link Schedule}.
 *
 * <p>The cron library reads the fields and steps through the calendar, and is asked in UTC, which
 * has no clock changes. Those of the zone are applied here, by the rule that the contract states: a
 * schedule of particular hours has each time of day once, at the first instant after the gap if the
 * clock skips it, the first time if it is shown twice; a schedule of every hour has whatever fits
 * of what the clock shows.
 */
public final class ScheduleTimes {
  private static final CronDefinition UNIX =
      CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
  private static final Set<String> ZONES = Set.copyOf(ZoneId.getAvailableZoneIds());
  private static final int FIELDS = 5;
  private static final LocalDateTime SOME_MIDNIGHT = LocalDateTime.of(2001, 1, 1, 0, 0);
  // 8 years without a time (29 February around 2100) with 4 clock changes each are far below.
  private static final int MAX_CLOCK_CHANGES = 1_000;

  private final ExecutionTime calendar;
  private final ZoneRules zone;
  private final boolean everyHour;

  private ScheduleTimes(ExecutionTime calendar, ZoneRules zone, boolean everyHour) {
    this.calendar = calendar;
    this.zone = zone;
    this.everyHour = everyHour;
  }

  /**
   * Reads a schedule.
   *
   * @param path of the schedule in the request, to be named in errors
   * @throws Failure INVALID_ARGUMENT naming the field and what it may be
   */
  public static ScheduleTimes of(String path, Schedule schedule) {
    String[] fields = schedule.cron().split(" ", -1);
    if (schedule.cron().startsWith("@") || fields.length != FIELDS) {
      throw badCron(path, schedule);
    }
    if (!ZONES.contains(schedule.timeZone())) {
      throw Failure.invalid(
          path + ".time_zone",
          "must be empty (UTC) or an IANA name of the time zone data of this node, for example"
              + " Europe/Berlin; got '"
              + Failure.quote(schedule.timeZone())
              + "'");
    }
    ExecutionTime calendar = parse(schedule.cron());
    ExecutionTime hours = parse("0 " + fields[1] + " * * *");
    if (calendar == null || hours == null) {
      throw badCron(path, schedule);
    }
    return new ScheduleTimes(
        calendar, ZoneId.of(schedule.timeZone()).getRules(), isEveryHour(hours));
  }

  private static @Nullable ExecutionTime parse(String cron) {
    try {
      return ExecutionTime.forCron(new CronParser(UNIX).parse(cron));
    } catch (IllegalArgumentException notCron) {
      return null;
    }
  }

  private static Failure badCron(String path, Schedule schedule) {
    return Failure.invalid(
        path + ".cron",
        "must be five fields of UNIX cron, so at most once a minute: minute 0-59, hour 0-23, day of"
            + " month 1-31, month 1-12, day of week 0-7, each *, a number, a range a-b, a list a,b"
            + " or a step */n; got '"
            + Failure.quote(schedule.cron())
            + "'");
  }

  /** INVALID_ARGUMENT: a schedule has no time to come. */
  public static Failure neverComes(String path, Schedule schedule) {
    return Failure.invalid(
        path + ".cron",
        "must name a time that comes; got '" + Failure.quote(schedule.cron()) + "'");
  }

  private static boolean isEveryHour(ExecutionTime hours) {
    LocalDateTime at = SOME_MIDNIGHT;
    for (int hour = 1; hour <= 24; hour++) {
      LocalDateTime next = next(hours, at);
      if (next == null || !next.equals(at.plusHours(1))) {
        return false;
      }
      at = next;
    }
    return true;
  }

  /**
   * The first time strictly after {@code afterMs}, milliseconds since 1970; {@link Long#MAX_VALUE}
   * if there is none.
   */
  public long nextMs(long afterMs) {
    Instant after = Instant.ofEpochMilli(afterMs);
    Instant next = everyHour ? nextShown(after) : nextOfDay(after);
    return next == null ? Long.MAX_VALUE : next.toEpochMilli();
  }

  /**
   * The last time that is not after {@code nowMs}.
   *
   * @param firstMs a time of this schedule that is not after it either
   */
  public long lastMs(long firstMs, long nowMs) {
    long first = nextMs(firstMs);
    if (first > nowMs) {
      return firstMs;
    }
    // What follows `early` is not after now, what follows `late` is.
    long early = firstMs;
    long late = nowMs;
    while (late - early > 1) {
      long middle = early + (late - early) / 2;
      if (nextMs(middle) <= nowMs) {
        early = middle;
      } else {
        late = middle;
      }
    }
    return nextMs(early);
  }

  /** Each time of day once. */
  private @Nullable Instant nextOfDay(Instant after) {
    LocalDateTime from = local(after, zone.getOffset(after));
    ZoneOffsetTransition change = zone.getTransition(from);
    if (change != null && change.isOverlap() && !after.isBefore(change.getInstant())) {
      // Shown for the second time: all of the hour was there.
      from = change.getDateTimeBefore().minusNanos(1);
    }
    while (true) {
      LocalDateTime next = next(calendar, from.truncatedTo(ChronoUnit.MINUTES));
      if (next == null) {
        return null;
      }
      ZoneOffsetTransition at = zone.getTransition(next);
      Instant instant =
          at == null
              ? next.toInstant(zone.getOffset(next))
              : at.isGap() ? at.getInstant() : next.toInstant(at.getOffsetBefore());
      if (instant.isAfter(after)) {
        return instant;
      }
      from = next;
    }
  }

  /** Whatever the clock shows. */
  private @Nullable Instant nextShown(Instant after) {
    Instant since = after;
    LocalDateTime from = local(after, zone.getOffset(after)).truncatedTo(ChronoUnit.MINUTES);
    for (int i = 0; i < MAX_CLOCK_CHANGES; i++) {
      LocalDateTime next = next(calendar, from);
      if (next == null) {
        return null;
      }
      Instant instant = next.toInstant(zone.getOffset(since));
      ZoneOffsetTransition change = zone.nextTransition(since);
      if (change == null || instant.isBefore(change.getInstant())) {
        return instant;
      }
      since = change.getInstant();
      // From the first time that it shows then, that one included.
      from = change.getDateTimeAfter().minusNanos(1).truncatedTo(ChronoUnit.MINUTES);
    }
    return null;
  }

  private static LocalDateTime local(Instant instant, ZoneOffset offset) {
    return LocalDateTime.ofInstant(instant, offset);
  }

  /** The first time of the calendar strictly after a full minute. */
  private static @Nullable LocalDateTime next(ExecutionTime calendar, LocalDateTime minute) {
    Optional<LocalDateTime> next =
        calendar.nextExecution(minute.atZone(ZoneOffset.UTC)).map(time -> time.toLocalDateTime());
    return next.orElse(null);
  }
}
