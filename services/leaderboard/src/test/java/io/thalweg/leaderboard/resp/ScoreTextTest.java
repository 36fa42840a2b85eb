package io.thalweg.leaderboard.resp;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoreTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-3, -3",
    "0.1, 0.1",
    "3.5, 3.5",
    "-0.25, -0.25",
    "1e15, 1000000000000000",
    "1e20, 1e+20",
    "123456789012345680000, 123456789012345680000",
    "1.5e300, 1.5e+300",
    "1e-7, 1e-7",
    "0.0001, 0.0001",
    "Infinity, inf",
    "-Infinity, -inf",
  })
  void scoresAreWrittenAsRedisWritesThem(double score, String text) {
    assertThat(ScoreText.of(score)).isEqualTo(text);
  }

  @Property
  void whatIsWrittenReadsBackAsTheSameNumber(@ForAll double score) {
    if (Double.isFinite(score)) {
      assertThat(Double.parseDouble(ScoreText.of(score))).isEqualTo(score + 0.0);
    }
  }
}
