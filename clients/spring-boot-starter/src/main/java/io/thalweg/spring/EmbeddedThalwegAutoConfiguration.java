package io.thalweg.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * A node with the leaderboard inside this application, where {@code thalweg.embedded.data} is set
 * and the server's classes are there. It is closed after what uses it.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass({Thalweg.class, Gateway.class, Leaderboard.class})
@ConditionalOnProperty("thalweg.embedded.data")
@EnableConfigurationProperties(ThalwegProperties.class)
public final class EmbeddedThalwegAutoConfiguration {
  /** For Spring. */
  public EmbeddedThalwegAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  Node thalwegNode(ThalwegProperties properties, ObjectProvider<MeterRegistry> meters) {
    return Thalweg.at(Objects.requireNonNull(properties.embedded().data()))
        .service(Leaderboard.TYPE)
        .meters(meters.getIfUnique(SimpleMeterRegistry::new))
        .open();
  }

  @Bean
  @ConditionalOnMissingBean
  Gateway thalwegGateway(Node node, ThalwegProperties properties) {
    return Gateway.start(node, GatewayOptions.builder().port(properties.embedded().port()).build());
  }

  @Bean
  @ConditionalOnMissingBean
  EmbeddedServer thalwegEmbeddedServer(Gateway gateway) {
    return new EmbeddedServer("http://127.0.0.1:" + gateway.port());
  }
}
