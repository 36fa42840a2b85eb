package io.thalweg.keys;

/** {@link KeysTest}, on Kafka. */
final class KeysOnKafkaTest extends KeysTest {}
