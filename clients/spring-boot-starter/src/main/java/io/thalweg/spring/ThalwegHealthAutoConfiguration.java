package io.thalweg.spring;

import io.thalweg.client.ThalwegClient;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health of the server, under {@code thalweg}. */
@AutoConfiguration(after = ThalwegAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(ThalwegClient.class)
@ConditionalOnEnabledHealthIndicator("thalweg")
public final class ThalwegHealthAutoConfiguration {
  /** For Spring. */
  public ThalwegHealthAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = "thalwegHealthIndicator")
  ThalwegHealthIndicator thalwegHealthIndicator(ThalwegClient client) {
    return new ThalwegHealthIndicator(client);
  }
}
