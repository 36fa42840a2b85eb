package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The names of a client's commands. */
class RequestNamesTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private final RequestNames names = new RequestNames();

  private RequestNames.Drawn draw() {
    return names.draw(TIMEOUT);
  }

  private static String endOf(RequestNames.Drawn name) {
    assertThat(name.text()).matches("~[A-Za-z0-9_-]{16}[.][0-9]+[.][0-9]+");
    return name.text().substring(17);
  }

  @Test
  void aNameSaysWhichRequestsBeforeItAreOver() {
    RequestNames.Drawn first = draw();
    RequestNames.Drawn second = draw();
    assertThat(endOf(first)).isEqualTo(".0.0");
    assertThat(endOf(second)).isEqualTo(".1.0");
    names.ended(second, true);
    assertThat(endOf(draw())).as("the first is not over").isEqualTo(".2.0");
    names.ended(first, true);
    assertThat(endOf(draw())).as("the third is not").isEqualTo(".3.2");
  }

  @Test
  void whatMayBeAskedForAgainStaysAndANewSeriesBegins() {
    RequestNames.Drawn unknown = draw();
    RequestNames.Drawn underWay = draw();
    names.ended(unknown, false);
    RequestNames.Drawn next = draw();
    assertThat(next.series()).isNotEqualTo(unknown.series());
    assertThat(endOf(next)).isEqualTo(".0.0");
    names.ended(underWay, true);
    assertThat(endOf(draw())).as("an end in another series is none in this").isEqualTo(".1.0");
  }

  @Test
  void oneSlowRequestKeepsNoMoreThanAThousandOthers() {
    RequestNames.Drawn slow = draw();
    for (int i = 1; i < 1_000; i++) {
      RequestNames.Drawn name = draw();
      assertThat(name.series()).isEqualTo(slow.series());
      names.ended(name, true);
    }
    assertThat(draw().series()).isNotEqualTo(slow.series());
  }

  @Test
  void whatIsSentForLongHasANameThatIsKeptForLong() {
    RequestNames.Drawn name = names.draw(RequestNames.MAX_TIMEOUT.plusMillis(1));
    assertThat(name.series()).isNull();
    assertThat(name.text()).hasSize(22).doesNotStartWith("~");
    names.ended(name, true);
    assertThat(endOf(draw())).isEqualTo(".0.0");
  }
}
