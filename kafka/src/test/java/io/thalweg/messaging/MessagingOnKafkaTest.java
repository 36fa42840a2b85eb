package io.thalweg.messaging;

/** {@link MessagingTest}, on Kafka. */
final class MessagingOnKafkaTest extends MessagingTest {}
