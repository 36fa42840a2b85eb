package io.thalweg.jobs;

import org.junit.jupiter.api.Disabled;

/** {@link JobQueuesTest}, on Kafka. */
final class JobQueuesOnKafkaTest extends JobQueuesTest {
  private static final String LONG = "thousands of requests, one after the other";

  @Disabled(LONG)
  @Override
  void aFullQueueRefusesAndQueuesAreListedWithTheirFigures() {}
}
