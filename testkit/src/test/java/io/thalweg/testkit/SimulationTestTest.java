package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Tests with the annotation, run by JUnit. */
class SimulationTestTest {
  private static final Set<Long> RAN = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void forget() {
    RAN.clear();
  }

  static final class Cases {
    @SimulationTest(seeds = 7)
    void passes(Seeds seeds) {
      seeds.forEach(RAN::add);
    }

    @SimulationTest(seeds = 7)
    void fails(Seeds seeds) {
      seeds.forEach(seed -> {
        RAN.add(seed);
        throw new AssertionError("NoneLost: command 5");
      });
    }

    @SimulationTest
    void forgetsItsSeeds(Seeds seeds) {
      assertThat(seeds.plan()).isEmpty();
    }

    @SimulationTest
    void hasNoSeeds() {}
  }

  private static Events run(String method, Map<String, String> properties) {
    Class<?>[] parameters =
        method.equals("hasNoSeeds") ? new Class<?>[0] : new Class<?>[] {Seeds.class};
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectMethod(Cases.class, method, parameters))
        .configurationParameters(properties)
        .execute()
        .testEvents();
  }

  private static void failsWith(Events events, String text) {
    events
        .assertStatistics(statistics -> statistics.started(1).failed(1))
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                finishedWithFailure(
                    instanceOf(AssertionError.class), message(m -> m.contains(text)))));
  }

  @Test
  void theBodyRunsForAsManySeedsAsTheAnnotationSays() {
    run("passes", Map.of()).assertStatistics(statistics -> statistics.succeeded(1));
    assertThat(RAN).hasSize(7);
  }

  @Test
  void aPropertySaysHowManySeeds() {
    run("passes", Map.of("thalweg.seeds", "3"))
        .assertStatistics(statistics -> statistics.succeeded(1));
    assertThat(RAN).hasSize(3);
  }

  @Test
  void aPropertySaysWhichSeed() {
    run("passes", Map.of("thalweg.seed", "0x2a"))
        .assertStatistics(statistics -> statistics.succeeded(1));
    assertThat(RAN).containsExactly(42L);
  }

  @Test
  void aFailureNamesItsSeedAndReplaysWithIt() {
    run("passes", Map.of("thalweg.seeds", "1"));
    failsWith(
        run("fails", Map.of("thalweg.seed", "0x2a")),
        "seed 0x2a failed: NoneLost: command 5\n  replay: mvn -pl testkit -am test"
            + " '-Dtest=SimulationTestTest$Cases#fails' -Dthalweg.seed=0x2a");
    assertThat(RAN).contains(42L);
  }

  @Test
  void aTestThatRunsNoSeedFails() {
    failsWith(run("forgetsItsSeeds", Map.of()), "no seed was run");
    failsWith(run("hasNoSeeds", Map.of()), "no seed was run");
  }

  @Test
  void aBadPropertyFailsTheTestAndIsNamed() {
    run("passes", Map.of("thalweg.seeds", "many"))
        .assertStatistics(statistics -> statistics.failed(1))
        .assertThatEvents()
        .haveExactly(
            1, event(finishedWithFailure(message(m -> m.contains("thalweg.seeds is \"many\"")))));
    assertThat(RAN).isEmpty();
  }
}
