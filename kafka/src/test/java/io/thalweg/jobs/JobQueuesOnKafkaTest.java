package io.thalweg.jobs;

/** {@link JobQueuesTest}, on Kafka. */
final class JobQueuesOnKafkaTest extends JobQueuesTest {}
