package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.kafka.TestBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As {@link KillRoundsTest}, of a node whose log is in Kafka. */
final class KillRoundsOnKafkaTest {
  private static final int ROUNDS = Integer.getInteger("crash.kafka.rounds", 6);

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void nothingAcknowledgedIsLostNothingCountsTwiceOnKafkaEither(@TempDir Path kafka)
      throws Exception {
    NodeProgram.prepared();
    Path folder = Settings.folder("kill-kafka");
    try (TestBroker broker = TestBroker.start(kafka)) {
      List<String> config =
          List.of("kafka = " + broker.bootstrap(), "cluster = crash", "kafka-dev = true");
      KillRounds.Summary summary = new KillRounds(folder, Settings.seed(), config).run(ROUNDS);
      System.out.printf("crashtest: seed %d on Kafka: %s%n", Settings.seed(), summary);
      assertThat(summary.kills()).isGreaterThanOrEqualTo(ROUNDS);
      assertThat(summary.writes()).as("the load was real").isGreaterThan(ROUNDS);
    }
    Folder.delete(folder);
  }
}
