package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.EffectRetryPolicy.Decision;
import io.thalweg.runtime.EffectRetryPolicy.Done;
import io.thalweg.runtime.EffectRetryPolicy.GiveUp;
import io.thalweg.runtime.EffectRetryPolicy.Retry;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When an effect is tried again. */
class EffectRetryPolicyTest {
  private static final EffectRetryPolicy POLICY = EffectRetryPolicy.DEFAULT;

  /** 1994-11-06T08:49:37Z, the date of the examples of RFC 9110. */
  private static final long THEN_MS = 784_111_777_000L;

  private static Responded status(int status, HttpHeader... headers) {
    return new Responded(status, List.of(headers), ByteString.EMPTY, false);
  }

  private static Decision after(EffectOutcome outcome, int attempt, long seed) {
    return POLICY.after(outcome, attempt, THEN_MS, new Random(seed));
  }

  private static long delayMs(EffectOutcome outcome, int attempt, long seed) {
    return after(outcome, attempt, seed) instanceof Retry retry ? retry.delayMs() : -1;
  }

  @Test
  void everyStatusHasItsDecision() {
    Set<Integer> again = Set.of(408, 425, 429);
    for (int status = 200; status < 1000; status++) {
      Decision decision = after(status(status), 1, 0);
      if (status < 300) {
        assertThat(decision).as("%d", status).isEqualTo(new Done());
      } else if (again.contains(status) || (status >= 500 && status < 600)) {
        assertThat(decision).as("%d", status).isInstanceOf(Retry.class);
      } else {
        assertThat(decision).as("%d", status).isEqualTo(new GiveUp(false));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatMayPassIsTriedAgain(Kind kind) {
    boolean last =
        kind == Kind.REFUSED_ADDRESS || kind == Kind.TOO_LARGE || kind == Kind.NOT_ATTEMPTED;

    assertThat(after(new Failed(kind, ""), 1, 0) instanceof GiveUp).isEqualTo(last);
  }

  @Property
  void theDelayIsInTheUpperHalfOfWhatDoubles(
      @ForAll @IntRange(min = 1, max = 599) int attempt, @ForAll long seed) {
    long longestMs = attempt > 9 ? 300_000 : Math.min(300_000, 1_000L << (attempt - 1));

    assertThat(delayMs(status(503), attempt, seed)).isBetween(longestMs / 2, longestMs);
  }

  @Test
  void delaysAreSpread() {
    assertThat(new Random(1).longs(100).map(seed -> delayMs(status(500), 8, seed)).distinct())
        .hasSizeGreaterThan(90);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "120|120000",
        "3600|3600000",
        "3601|3600000",
        "999999999999999999|3600000",
        "Sun, 06 Nov 1994 08:51:37 GMT|120000",
        "Sat, 06 Nov 2094 08:51:37 GMT|3600000"
      })
  void aLongerRetryAfterIsRespectedUpToAnHour(String retryAfter, long askedMs) {
    for (int seed = 0; seed < 100; seed++) {
      assertThat(delayMs(status(429, new HttpHeader("retry-after", retryAfter)), 1, seed))
          .isBetween(askedMs, askedMs + 1_000);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-5",
        "soon",
        "1.5",
        "Sun, 06 Nov 1994 08:49:00 GMT",
        "9999999999999999999"
      })
  void aShorterOrUnreadableRetryAfterChangesNothing(String retryAfter) {
    assertThat(delayMs(status(503, new HttpHeader("Retry-After", retryAfter)), 9, 7))
        .isEqualTo(delayMs(status(503), 9, 7));
  }

  @Test
  void theLastAttemptIsTheLast() {
    assertThat(after(status(500), 599, 0)).isInstanceOf(Retry.class);
    assertThat(after(status(500), 600, 0)).isEqualTo(new GiveUp(true));
    assertThat(after(status(200), 600, 0)).isEqualTo(new Done());
  }

  @Test
  void aBadOptionIsRefusedNamingIt() {
    assertThatThrownBy(() -> new EffectRetryPolicy(0, 1, 0, 1))
        .hasMessageContaining("firstDelayMs");
    assertThatThrownBy(() -> new EffectRetryPolicy(2, 1, 0, 1))
        .hasMessageContaining("firstDelayMs");
    assertThatThrownBy(() -> new EffectRetryPolicy(1, 1, 0, 0)).hasMessageContaining("maxAttempts");
  }
}
