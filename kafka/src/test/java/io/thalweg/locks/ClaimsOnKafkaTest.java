package io.thalweg.locks;

/** {@link ClaimsTest}, on Kafka. */
final class ClaimsOnKafkaTest extends ClaimsTest {}
