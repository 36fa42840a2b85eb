package io.thalweg.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.gateway.Gateway;
import io.thalweg.runtime.Node;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Which beans there are, by what is set and what is on the class path; with a real node. */
class AutoConfigurationTest {
  @TempDir Path folder;

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  EmbeddedThalwegAutoConfiguration.class,
                  ThalwegAutoConfiguration.class,
                  ThalwegHealthAutoConfiguration.class,
                  ThalwegMetricsAutoConfiguration.class));

  private String embedded() {
    return "thalweg.embedded.data=" + folder.resolve("data");
  }

  @Test
  void withoutAServerThereIsNoClient() {
    application.run(context -> assertThat(context).doesNotHaveBean(ThalwegClient.class));
  }

  @Test
  void aNodeInsideIsUsedByTheClientAndSeenInHealthAndMetrics() {
    application
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withPropertyValues(embedded())
        .run(context -> {
          ThalwegClient client = context.getBean(ThalwegClient.class);
          assertThat(client.leaderboard().submitScore("goals", "ana", 3).await().getRank())
              .isEqualTo(1);
          assertThat(health(context).getStatus()).isEqualTo(Status.UP);
          MeterRegistry meters = context.getBean(MeterRegistry.class);
          assertThat(
                  meters
                      .get("thalweg.client.requests")
                      .tag("method", "SubmitScore")
                      .tag("code", "OK")
                      .timer()
                      .count())
              .isEqualTo(1);
          assertThat(meters.find("thalweg.gateway.watchers").gauge())
              .as("the node's own meters are in the same registry")
              .isNotNull();
        });
  }

  @Test
  void whatWasAnsweredIsThereWhenTheApplicationStartsAgain() {
    application
        .withPropertyValues(embedded())
        .run(context ->
            context
                .getBean(ThalwegClient.class)
                .leaderboard()
                .submitScore("goals", "ana", 3)
                .await());
    application
        .withPropertyValues(embedded())
        .run(context ->
            assertThat(
                    context
                        .getBean(ThalwegClient.class)
                        .leaderboard()
                        .getEntry("goals", "ana")
                        .await()
                        .getScore())
                .isEqualTo(3));
  }

  @Test
  void aClientOfAnotherServerIsMadeFromItsUrl() {
    AtomicInteger asked = new AtomicInteger();
    application
        .withPropertyValues(embedded())
        .run(server ->
            application
                .withPropertyValues(
                    "thalweg.url=" + server.getBean(EmbeddedServer.class).url(),
                    "thalweg.timeout=3s",
                    "thalweg.hedge-after=50ms",
                    "thalweg.max-attempts=3")
                .withBean(
                    ThalwegClientCustomizer.class,
                    () -> builder -> builder.maxInFlight(asked.incrementAndGet()))
                .run(context -> {
                  assertThat(context).doesNotHaveBean(Node.class);
                  ThalwegClient client = context.getBean(ThalwegClient.class);
                  client.leaderboard().submitScore("goals", "bob", 4).await();
                  assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                  assertThat(asked).hasValue(1);
                }));
  }

  @Test
  void aServerThatIsAwayIsDown() {
    application
        .withPropertyValues("thalweg.url=http://127.0.0.1:1", "thalweg.max-attempts=1")
        .run(context -> {
          Health health = health(context);
          assertThat(health.getStatus()).isEqualTo(Status.DOWN);
          assertThat(health.getDetails()).containsEntry("code", "UNAVAILABLE");
          try {
            context.getBean(ThalwegClient.class).leaderboard().getBoard("b").await();
          } catch (ThalwegException expected) {
            assertThat(expected.attempts()).isEqualTo(1);
            return;
          }
          throw new AssertionError("nobody is there to answer");
        });
  }

  @Test
  void aUrlAndANodeInsideExcludeEachOther() {
    application
        .withPropertyValues(embedded(), "thalweg.url=http://127.0.0.1:1")
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("thalweg.url and thalweg.embedded.data exclude each other"));
  }

  @Test
  void aNodeInsideWithoutItsClassesSaysWhatIsMissing() {
    application
        .withClassLoader(new FilteredClassLoader(Gateway.class))
        .withPropertyValues(embedded())
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("needs thalweg-leaderboard and thalweg-gateway"));
  }

  @Test
  void withoutServerHealthOrMetersOnTheClassPathThereIsAClient() {
    new ApplicationContextRunner()
        .withUserConfiguration(Everything.class)
        .withClassLoader(
            new FilteredClassLoader(
                "io.thalweg.gateway",
                "io.thalweg.runtime",
                "io.micrometer",
                "org.springframework.boot.health"))
        .withPropertyValues("thalweg.url=http://127.0.0.1:1")
        .run(context -> assertThat(context).hasSingleBean(ThalwegClient.class));
  }

  @Test
  void aClientOfTheApplicationsOwnWins() {
    try (ThalwegClient own = ThalwegClient.at("http://127.0.0.1:1").open()) {
      application
          .withBean("own", ThalwegClient.class, () -> own)
          .withPropertyValues("thalweg.url=http://127.0.0.1:2")
          .run(context -> assertThat(context.getBean(ThalwegClient.class)).isSameAs(own));
    }
  }

  /** By names in a file, as an application has it: what is not on the class path is not loaded. */
  @ImportAutoConfiguration
  static final class Everything {}

  private static Health health(AssertableApplicationContext context) {
    return Objects.requireNonNull(context.getBean(ThalwegHealthIndicator.class).health());
  }
}
