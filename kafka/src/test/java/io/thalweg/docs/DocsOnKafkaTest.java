package io.thalweg.docs;

/** {@link DocsTest}, on Kafka. */
final class DocsOnKafkaTest extends DocsTest {}
