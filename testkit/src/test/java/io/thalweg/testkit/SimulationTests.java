package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTests {
  @SimulationTest(seeds = 3000)
  void aServiceKeepsItsPromisesWhateverGoesWrong(Seeds seeds) {
    TallyService.simulation(TallyService.TYPE).run(seeds);
  }

  @SimulationTest(seeds = 900)
  void whatMovesBetweenPartitionsIsNeitherLostNorDoubled(Seeds seeds) {
    TransferService.simulation().run(seeds);
  }

  @SimulationTest(seeds = 150)
  void everyEffectIsCalledAndHasOneResult(Seeds seeds) {
    PagerService.simulation().run(seeds);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    for (long seed = 1; seed <= 20; seed++) {
      Simulation.Result one = TallyService.simulation(TallyService.TYPE).run(seed);
      Simulation.Result two = TallyService.simulation(TallyService.TYPE).run(seed);
      assertThat(two).isEqualTo(one);
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void aServiceThatIsWrongIsFound(TallyService.Flaw flaw) {
    Simulation simulation = TallyService.simulation(TallyService.broken(flaw));
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed <= 100; seed++) {
                simulation.run(seed);
              }
            })
        .isInstanceOf(SimulationFailure.class);
  }
}
