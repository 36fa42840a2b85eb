package io.thalweg.locks;

import org.junit.jupiter.api.Disabled;

/** {@link ClaimsTest}, on Kafka. */
final class ClaimsOnKafkaTest extends ClaimsTest {
  private static final String LONG = "thousands of requests, one after the other";

  @Disabled(LONG)
  @Override
  void moreReadersThanOneCommandGrantsAllGetTheLock() {}

  @Disabled(LONG)
  @Override
  void aThousandContendersHoldTheLockOneAfterTheOtherInTheOrderInWhichTheyCame() {}
}
