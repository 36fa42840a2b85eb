package io.thalweg.docs;

import org.junit.jupiter.api.Disabled;

/** {@link DocsTest}, on Kafka. */
final class DocsOnKafkaTest extends DocsTest {
  private static final String LONG = "thousands of requests, one after the other";

  @Disabled(LONG)
  @Override
  void whatIsStoredStaysNearTheContentHoweverMuchIsTyped() {}
}
