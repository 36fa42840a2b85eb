package io.thalweg.leaderboard;

/** {@link ManyBoardsTest}, on Kafka. */
final class ManyBoardsOnKafkaTest extends ManyBoardsTest {}
