package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import io.thalweg.gateway.NodeWarning;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the node warns of can be asked for. */
class RecentWarningsTest {
  private static final Logger LOG = LoggerFactory.getLogger("io.thalweg.test.Part");

  private static List<NodeWarning> said(String begin) {
    return RecentWarnings.list().stream().filter(w -> w.message().startsWith(begin)).toList();
  }

  @Test
  void warningsAreKeptTheNewestFirstAndNothingElse() {
    assertThat(LoggerFactory.getILoggerFactory()).isInstanceOf(LoggerContext.class);
    LOG.warn("kept: the disk is {} full", "nearly");
    LOG.info("kept: all is well");
    LoggerFactory.getLogger("thalweg.audit").warn("kept: refused");
    LOG.error("kept: the disk is full", new IllegalStateException("secret of the trace"));
    List<NodeWarning> said = said("kept:");
    assertThat(said)
        .extracting(NodeWarning::message)
        .containsExactly("kept: the disk is full", "kept: the disk is nearly full");
    assertThat(said).extracting(NodeWarning::level).containsExactly("ERROR", "WARN");
    assertThat(said).extracting(NodeWarning::logger).containsOnly("Part");
  }

  @Test
  void theyAreBoundedInNumberAndLength() {
    LOG.warn("long: {}", "x".repeat(10 * RecentWarnings.MAX_CHARS));
    assertThat(said("long:").getFirst().message()).hasSize(RecentWarnings.MAX_CHARS + 3);
    for (int i = 0; i < 3 * RecentWarnings.MAX; i++) {
      LOG.warn("many: {}", i);
    }
    assertThat(RecentWarnings.list()).hasSize(RecentWarnings.MAX);
    assertThat(said("many:").getFirst().message())
        .isEqualTo("many: " + (3 * RecentWarnings.MAX - 1));
  }
}
