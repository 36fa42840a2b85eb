package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The full check of a closed log. */
final class LogVerifierTest {
  private static FaultyFiles closedLog() {
    FaultyFiles files = new FaultyFiles(1);
    try (LogFixture fixture = new LogFixture(files)) {
      while (fixture.log.status().segments() < 4) {
        fixture.append(B, 1, 300);
        fixture.appendDurably(A, 3, 1_000);
      }
    }
    return files;
  }

  @Test
  void aGoodLogIsCountedAndNotChanged() {
    FaultyFiles files = closedLog();
    int steps = files.steps();
    List<Long> progress = new ArrayList<>();
    LogVerifier.Report report =
        LogVerifier.verify(
            DIRECTORY,
            files,
            (done, of) -> {
              assertThat(done).isLessThanOrEqualTo(of);
              progress.add(done);
            });
    assertThat(files.steps()).isEqualTo(steps);
    assertThat(progress).isSorted().hasSizeGreaterThan(4);
    assertThat(report.segments()).isEqualTo(4);
    assertThat(report.indexesMissing()).isZero();
    assertThat(report.tornTailBytes()).isZero();
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(report.events())
          .containsEntry(A, fixture.log.durableOffset(A))
          .containsEntry(B, fixture.log.durableOffset(B));
      assertThat(report.bytes()).isGreaterThanOrEqualTo(fixture.log.status().durablePosition());
    }
  }

  @Test
  void anIndexThatIsWholeButSaysSomethingElseIsAnError() {
    FaultyFiles files = closedLog();
    Path index = DIRECTORY.resolve(SegmentFormat.indexName(2));
    // Whole, by its checksums, and of this segment, but with one entry too few.
    try (SegmentLog log = SegmentLog.open(DIRECTORY, LogFixture.options(files))) {
      IndexFile.Summary good = IndexFile.readSummary(files, index);
      assertThat(good).isNotNull();
      if (good != null) {
        SegmentIndex empty = new SegmentIndex(good.base());
        IndexFile.write(
            files,
            index,
            IndexFile.summary(
                good.ordinal(), good.base(), good.end(), good.logId(), good.tails(), empty),
            empty);
      }
      assertThat(log.status().failure()).isNull();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    assertThatThrownBy(() -> LogVerifier.verify(DIRECTORY, files, (done, of) -> {}))
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(index.toString())
        .hasMessageContaining("does not agree");
  }

  @Test
  void anEmptyDirectoryHoldsNothing() {
    LogVerifier.Report report = LogVerifier.verify(DIRECTORY, new FaultyFiles(1), (done, of) -> {});
    assertThat(report.segments()).isZero();
    assertThat(report.events()).isEmpty();
  }
}
