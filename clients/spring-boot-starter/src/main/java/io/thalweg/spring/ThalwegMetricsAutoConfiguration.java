package io.thalweg.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.client.ClientListener;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** What the client does, as meters; where there is a registry. */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public final class ThalwegMetricsAutoConfiguration {
  /** For Spring. */
  public ThalwegMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(ClientListener.class)
  ClientMeters thalwegClientMeters(MeterRegistry meters) {
    return new ClientMeters(meters);
  }
}
