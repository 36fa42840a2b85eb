package io.thalweg.leaderboard;

/** {@link DisplayNamesTest}, on Kafka. */
final class DisplayNamesOnKafkaTest extends DisplayNamesTest {}
