package io.thalweg.spring;

import io.thalweg.client.ClientBuilder;
import io.thalweg.client.ClientListener;
import io.thalweg.client.Hedging;
import io.thalweg.client.Retries;
import io.thalweg.client.ThalwegClient;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** The client, where {@code thalweg.url} is set or a node is inside this application. */
@AutoConfiguration(
    after = {EmbeddedThalwegAutoConfiguration.class, ThalwegMetricsAutoConfiguration.class})
@EnableConfigurationProperties(ThalwegProperties.class)
public final class ThalwegAutoConfiguration {
  /** For Spring. */
  public ThalwegAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  @Conditional(HasServer.class)
  ThalwegClient thalwegClient(
      ThalwegProperties properties,
      ObjectProvider<EmbeddedServer> embedded,
      ObjectProvider<ClientListener> listener,
      ObjectProvider<ThalwegClientCustomizer> customizers) {
    EmbeddedServer inside = embedded.getIfAvailable();
    if (inside != null && properties.url() != null) {
      throw new IllegalStateException(
          "thalweg.url and thalweg.embedded.data exclude each other: set one of them");
    }
    ClientBuilder builder =
        ThalwegClient.at(inside != null ? inside.url() : Objects.requireNonNull(properties.url()))
            .timeout(properties.timeout())
            .maxInFlight(properties.maxInFlight())
            .retries(Retries.defaults().withMaxAttempts(properties.maxAttempts()));
    if (properties.apiKey() != null) {
      builder.apiKey(properties.apiKey());
    }
    if (properties.caFile() != null) {
      builder.caFile(properties.caFile());
    }
    if (properties.clearTextCredentials()) {
      builder.clearTextCredentials();
    }
    if (properties.hedgeAfter() != null) {
      builder.hedging(Hedging.afterMs(Math.toIntExact(properties.hedgeAfter().toMillis())));
    }
    listener.ifAvailable(builder::listener);
    customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
    return builder.open();
  }

  /** Either there is a server to go to, or one inside. */
  static final class HasServer extends AnyNestedCondition {
    HasServer() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnProperty("thalweg.url")
    static final class Url {}

    @ConditionalOnBean(EmbeddedServer.class)
    static final class Inside {}
  }

  /** Says what is missing, where a node was asked for and cannot be. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty("thalweg.embedded.data")
  @ConditionalOnMissingBean(EmbeddedServer.class)
  static final class Missing {
    Missing() {
      throw new IllegalStateException(
          "thalweg.embedded.data needs thalweg-leaderboard and thalweg-gateway on the class path");
    }
  }
}
