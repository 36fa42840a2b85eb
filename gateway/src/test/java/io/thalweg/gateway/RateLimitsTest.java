package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.runtime.Failure;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is remembered of addresses is bounded. */
@Timeout(120)
class RateLimitsTest {
  private static final int CROWD = 2 * RateLimits.MAX_ADDRESSES;

  private static InetAddress address(int number) throws UnknownHostException {
    return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(0x0A00_0000 + number).array());
  }

  @Test
  void soManyAddressesAreRememberedAndNobodyIsRefusedForIt() throws Exception {
    RateLimits limits = new RateLimits(new Security.Limits(1, 0, 0, 0), new SimpleMeterRegistry());
    for (int i = 1; i <= CROWD; i++) {
      limits.admit(address(i));
    }
    assertThat(limits.addresses())
        .isBetween(RateLimits.MAX_ADDRESSES / 2L, (long) RateLimits.MAX_ADDRESSES);
  }

  @Test
  void aCrowdOfOthersDoesNotMakeWhatOneHasUsedForgotten() throws Exception {
    RateLimits limits = new RateLimits(new Security.Limits(1, 0, 0, 0), new SimpleMeterRegistry());
    InetAddress often = address(0);
    limits.admit(often);
    assertThatThrownBy(
            () -> {
              // One a second: the second of two is refused but if the clock stood between them.
              limits.admit(often);
              limits.admit(often);
              limits.admit(often);
            })
        .isInstanceOf(Failure.class)
        .hasMessageContaining("this address is over its limit of 1 requests a second");
    for (int i = 1; i <= CROWD; i++) {
      limits.admit(address(i));
      if (i % 100 == 0) {
        try {
          limits.admit(often);
        } catch (Failure overItsLimit) {
          assertThat(overItsLimit).hasMessageContaining("over its limit");
        }
      }
    }
    assertThat(limits.addresses()).isLessThanOrEqualTo(RateLimits.MAX_ADDRESSES);
    assertThat(limits.remembers(often)).isTrue();
  }
}
