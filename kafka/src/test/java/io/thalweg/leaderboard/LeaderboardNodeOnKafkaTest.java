package io.thalweg.leaderboard;

/** {@link LeaderboardNodeTest}, on Kafka. */
final class LeaderboardNodeOnKafkaTest extends LeaderboardNodeTest {}
