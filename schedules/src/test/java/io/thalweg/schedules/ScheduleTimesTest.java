package io.thalweg.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clock changes: Berlin by an hour, Lord Howe by half an hour; Kathmandu has none and an odd
 * offset.
 */
class ScheduleTimesTest {
  private static final String BERLIN = "Europe/Berlin";
  private static final String LORD_HOWE = "Australia/Lord_Howe";

  private static ScheduleTimes times(String cron, String zone) {
    return ScheduleTimes.of("reset_schedule", Objects.requireNonNull(Schedule.of(cron, zone)));
  }

  /** The first times after a local time, as local times with their offset. */
  private static List<String> after(String cron, String zone, String local, int count) {
    ScheduleTimes times = times(cron, zone);
    ZoneId zoneId = ZoneId.of(zone);
    long at = LocalDateTime.parse(local).atZone(zoneId).toInstant().toEpochMilli();
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      at = times.nextMs(at);
      ZonedDateTime shown = Instant.ofEpochMilli(at).atZone(zoneId);
      all.add(shown.toLocalDateTime() + " " + shown.getOffset());
    }
    return all;
  }

  @Test
  void aTimeThatDoesNotExistComesAtTheFirstInstantAfterTheGap() {
    // 2026-03-29: 02:00 to 03:00 do not exist in Berlin.
    assertThat(after("30 2 * * *", BERLIN, "2026-03-28T00:00", 3))
        .containsExactly(
            "2026-03-28T02:30 +01:00", "2026-03-29T03:00 +02:00", "2026-03-30T02:30 +02:00");
    // 2026-10-04: 02:00 to 02:30 do not exist on Lord Howe.
    assertThat(after("15 2 * * *", LORD_HOWE, "2026-10-03T00:00", 3))
        .containsExactly(
            "2026-10-03T02:15 +10:30", "2026-10-04T02:30 +11:00", "2026-10-05T02:15 +11:00");
    assertThat(after("45 2 * * *", LORD_HOWE, "2026-10-04T00:00", 1))
        .containsExactly("2026-10-04T02:45 +11:00");
  }

  @Test
  void severalTimesThatDoNotExistComeOnce() {
    assertThat(after("*/20 2,3 29 3 *", BERLIN, "2026-03-29T00:00", 4))
        .containsExactly(
            "2026-03-29T03:00 +02:00",
            "2026-03-29T03:20 +02:00",
            "2026-03-29T03:40 +02:00",
            "2027-03-29T02:00 +02:00");
  }

  @Test
  void anAmbiguousTimeComesOnceAndTheFirstTime() {
    // 2026-10-25: 02:00 to 03:00 are shown twice in Berlin.
    assertThat(after("30 2 * * *", BERLIN, "2026-10-24T12:00", 2))
        .containsExactly("2026-10-25T02:30 +02:00", "2026-10-26T02:30 +01:00");
    // 2026-04-05: 01:30 to 02:00 are shown twice on Lord Howe.
    assertThat(after("*/15 1 * * *", LORD_HOWE, "2026-04-05T00:59", 5))
        .containsExactly(
            "2026-04-05T01:00 +11:00",
            "2026-04-05T01:15 +11:00",
            "2026-04-05T01:30 +11:00",
            "2026-04-05T01:45 +11:00",
            "2026-04-06T01:00 +10:30");
  }

  @Test
  void askedWhileTheClockShowsItForTheSecondTimeItHasPassed() {
    long second = Instant.parse("2026-10-25T01:10:00Z").toEpochMilli(); // 02:10 +01:00
    assertThat(Instant.ofEpochMilli(times("30 2 * * *", BERLIN).nextMs(second)))
        .isEqualTo("2026-10-26T01:30:00Z");
    assertThat(Instant.ofEpochMilli(times("0 3 * * *", BERLIN).nextMs(second)))
        .isEqualTo("2026-10-25T02:00:00Z");
  }

  @ParameterizedTest
  @CsvSource({
    "*/15 * * * *, 15, Europe/Berlin", "* * * * *, 1, Europe/Berlin",
    "7 * * * *, 60, Europe/Berlin", "*/10 0-23 * * *, 10, Australia/Lord_Howe",
    "*/30 * * * *, 30, Asia/Kathmandu", "*/5 * * * *, 5, America/Sao_Paulo"
  })
  void aScheduleOfEveryHourKeepsItsPaceThroughClockChanges(String cron, int minutes, String zone) {
    ScheduleTimes times = times(cron, zone);
    for (String around : List.of("2026-03-28", "2026-10-24", "2026-10-03", "2026-04-04")) {
      long at = times.nextMs(Instant.parse(around + "T00:00:00Z").toEpochMilli());
      for (int i = 0; i < 48 * 60 / minutes; i++) {
        long next = times.nextMs(at);
        assertThat(next - at).isEqualTo(Duration.ofMinutes(minutes).toMillis());
        at = next;
      }
    }
  }

  @Test
  void anOffsetThatIsNoFullHourIsKept() {
    assertThat(
            Instant.ofEpochMilli(
                times("0 0 * * *", "Asia/Kathmandu")
                    .nextMs(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli())))
        .isEqualTo("2026-01-01T18:15:00Z");
  }

  @Test
  void aDayFitsIfEitherOfItsTwoFieldsDoes() {
    assertThat(after("0 0 13 * 5", "UTC", "2026-11-23T03:00", 4))
        .containsExactly(
            "2026-11-27T00:00 Z", "2026-12-04T00:00 Z", "2026-12-11T00:00 Z", "2026-12-13T00:00 Z");
    assertThat(after("0 0 * jan MON-wed", "UTC", "2026-12-30T00:00", 2))
        .containsExactly("2027-01-04T00:00 Z", "2027-01-05T00:00 Z");
    assertThat(after("0 0 * * 7", "UTC", "2026-11-23T03:00", 1))
        .isEqualTo(after("0 0 * * 0", "UTC", "2026-11-23T03:00", 1));
    assertThat(after("0 0 29 2 *", "UTC", "2096-03-01T00:00", 1))
        .containsExactly("2104-02-29T00:00 Z");
  }

  /** Every minute of the clock is looked at, one by one. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void timesAreThoseThatLookingAtEveryMinuteFinds(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String zone = seed % 2 == 0 ? BERLIN : LORD_HOWE;
    ZoneId zoneId = ZoneId.of(zone);
    for (String start : List.of("2026-03-28", "2026-10-24", "2026-10-03", "2026-04-04")) {
      int minute = random.nextInt(60);
      int hour = random.nextInt(4);
      boolean everyHour = random.nextInt(3) == 0;
      ScheduleTimes times = times(minute + " " + (everyHour ? "*" : hour) + " * * *", zone);
      ZonedDateTime at = LocalDateTime.parse(start + "T00:00").atZone(zoneId);
      List<Long> expected = new ArrayList<>();
      LocalDateTime last = at.toLocalDateTime().minusMinutes(1);
      for (int i = 0; i < 3 * 24 * 60; i++, at = at.plusMinutes(1)) {
        LocalDateTime shown = at.toLocalDateTime();
        boolean fits = shown.getMinute() == minute && (everyHour || shown.getHour() == hour);
        if (!everyHour) {
          // All that the clock has passed since it was last this late.
          fits = false;
          for (LocalDateTime t = last.plusMinutes(1); !t.isAfter(shown); t = t.plusMinutes(1)) {
            fits |= t.getMinute() == minute && t.getHour() == hour;
          }
        }
        last = shown.isAfter(last) ? shown : last;
        if (fits) {
          expected.add(at.toInstant().toEpochMilli());
        }
      }
      List<Long> found = new ArrayList<>();
      long from = expected.getFirst() - 1;
      while (found.size() < expected.size()) {
        from = times.nextMs(from);
        found.add(from);
      }
      assertThat(found).as("seed %d from %s", seed, start).isEqualTo(expected);
      long now = expected.getFirst() + random.nextLong(Duration.ofDays(2).toMillis());
      assertThat(times.lastMs(expected.getFirst(), now))
          .as("seed %d, the last until %d", seed, now)
          .isEqualTo(expected.stream().filter(each -> each <= now).max(Long::compare).get());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0 0 * *",
        "0 0 0 * * *",
        "*/10 * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "@hourly",
        "*/0 * * * *",
        "10-5 * * * *",
        "0 0 L * *",
        "x",
        "0 0 ? * 1",
        "1,,2 * * * *"
      })
  void aCronThatCannotBeReadOrIsMoreThanOnceAMinuteIsRefused(String cron) {
    Failure failure = catchThrowableOfType(Failure.class, () -> times(cron, "UTC"));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure)
        .hasMessageStartingWith("reset_schedule.cron must be five fields of UNIX cron, so at most")
        .hasMessageEndingWith("; got '" + cron + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Europe/Bonn", "+02:00", "UTC+1", "berlin"})
  void aTimeZoneThatIsNotKnownIsRefused(String zone) {
    assertThatThrownBy(() -> times("0 0 * * *", zone))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("reset_schedule.time_zone must be empty (UTC) or an IANA name");
  }
}
