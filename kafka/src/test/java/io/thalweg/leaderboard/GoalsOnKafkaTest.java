package io.thalweg.leaderboard;

/** {@link GoalsTest}, on Kafka. */
final class GoalsOnKafkaTest extends GoalsTest {}
