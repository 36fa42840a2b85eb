package io.thalweg.spring;

import io.thalweg.client.PendingReply;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up if the server answers within {@value #WITHIN_SECONDS} s and all its partitions take requests;
 * out of service if it answers that they do not; else down, with the reason.
 */
final class ThalwegHealthIndicator extends AbstractHealthIndicator {
  private static final int WITHIN_SECONDS = 5;

  private final ThalwegClient client;

  ThalwegHealthIndicator(ThalwegClient client) {
    super("Thalweg cannot be asked for its health");
    this.client = client;
  }

  @Override
  protected void doHealthCheck(Health.Builder builder) throws Exception {
    PendingReply<Boolean> asked = client.ready();
    var _ = asked.orTimeout(WITHIN_SECONDS, TimeUnit.SECONDS);
    try {
      if (asked.await()) {
        builder.up();
      } else {
        builder.outOfService();
      }
    } catch (ThalwegException e) {
      builder.down().withDetail("code", e.code().name()).withDetail("reason", e.reason());
    }
  }
}
