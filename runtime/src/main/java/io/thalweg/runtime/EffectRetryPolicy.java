package io.thalweg.runtime;

import io.thalweg.runtime.EffectOutcome.Responded;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Whether and when an effect is tried again. Pure: the same arguments and the same random numbers
 * give the same answer.
 *
 * <p>The delay doubles from the first to the longest, and is drawn at random from its upper half,
 * so that effects which failed together do not come back together. A {@code Retry-After} that is
 * longer counts instead.
 *
 * @param firstDelayMs before the second attempt, at most; 1 to {@code maxDelayMs}
 * @param maxDelayMs between any two attempts, at most; up to a day
 * @param maxRetryAfterMs most that a {@code Retry-After} of the receiver counts for; 0 to a day
 * @param maxAttempts after so many attempts the effect is given up; 1 to 1,000,000
 */
public record EffectRetryPolicy(
    long firstDelayMs, long maxDelayMs, long maxRetryAfterMs, int maxAttempts) {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,18}");

  /**
   * 1 s doubling to 5 minutes; Retry-After up to an hour; 600 attempts, which is about 37 hours.
   */
  public static final EffectRetryPolicy DEFAULT =
      new EffectRetryPolicy(1_000, 300_000, 3_600_000, 600);

  /** What to do after an attempt. */
  public sealed interface Decision {}

  /** The receiver took it. */
  public record Done() implements Decision {}

  /**
   * Try again.
   *
   * @param delayMs from now, 0 or more
   */
  public record Retry(long delayMs) implements Decision {}

  /**
   * Do not try again.
   *
   * @param attemptsUsedUp whether trying again might have helped, but it was tried often enough
   */
  public record GiveUp(boolean attemptsUsedUp) implements Decision {}

  public EffectRetryPolicy {
    check("maxDelayMs", maxDelayMs, 1, DAY_MS);
    check("firstDelayMs", firstDelayMs, 1, maxDelayMs);
    check("maxRetryAfterMs", maxRetryAfterMs, 0, DAY_MS);
    check("maxAttempts", maxAttempts, 1, 1_000_000);
  }

  /**
   * What to do after an attempt.
   *
   * @param outcome of the attempt
   * @param attempt which one it was, from 1
   * @param nowMs the time in milliseconds since 1970; a {@code Retry-After} may be a date
   * @param random for the spread; asked once if there is a delay, else not at all
   */
  public Decision after(EffectOutcome outcome, int attempt, long nowMs, RandomGenerator random) {
    if (attempt < 1) {
      throw new IllegalArgumentException("attempt must be 1 or more; got " + attempt);
    }
    if (outcome.succeeded()) {
      return new Done();
    }
    if (!outcome.retryable()) {
      return new GiveUp(false);
    }
    if (attempt >= maxAttempts) {
      return new GiveUp(true);
    }
    long longestMs = backOffMs(attempt);
    long shortestMs = longestMs - longestMs / 2;
    long spreadMs = random.nextLong(longestMs / 2 + 1);
    long delayMs = shortestMs + spreadMs;
    OptionalLong askedMs =
        outcome instanceof Responded responded
            ? retryAfterMs(responded, nowMs)
            : OptionalLong.empty();
    if (askedMs.isPresent() && askedMs.getAsLong() >= shortestMs) {
      // Spread those too, and never before the time that was asked for.
      delayMs = askedMs.getAsLong() + spreadMs;
    }
    return new Retry(delayMs);
  }

  /** The longest delay after this attempt: doubled each time, up to the bound. */
  private long backOffMs(int attempt) {
    long delayMs = firstDelayMs;
    for (int i = 1; i < attempt && delayMs < maxDelayMs; i++) {
      delayMs = Math.min(maxDelayMs, delayMs * 2);
    }
    return delayMs;
  }

  /** RFC 9110, section 10.2.3: seconds or a date. Anything else is as if it was not there. */
  private OptionalLong retryAfterMs(Responded responded, long nowMs) {
    String text = responded.header("Retry-After").orElse("").strip();
    long askedMs;
    if (SECONDS.matcher(text).matches()) {
      long seconds = Long.parseLong(text);
      askedMs = seconds > DAY_MS ? DAY_MS : seconds * 1_000;
    } else {
      try {
        long atMs =
            ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant()
                .toEpochMilli();
        askedMs = Math.max(0, atMs - nowMs);
      } catch (DateTimeException | ArithmeticException e) {
        return OptionalLong.empty();
      }
    }
    return OptionalLong.of(Math.min(askedMs, maxRetryAfterMs));
  }

  private static void check(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          field + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
