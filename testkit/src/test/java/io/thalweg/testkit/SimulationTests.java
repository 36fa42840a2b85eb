package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTests {
  private static final List<Fault> ALL = List.of(Fault.values());

  @SimulationTest(seeds = 2400)
  void aServiceKeepsItsPromisesWhateverGoesWrong(Seeds seeds) {
    TallyService.simulation(TallyService.TYPE)
        .meets(ALL, Situation.OUTCOME_UNKNOWN, Situation.DAMAGE_REFUSED, Situation.TABLES_REBUILT)
        .run(seeds);
  }

  @SimulationTest(seeds = 60)
  void aNodeWithLittleRoomKeepsItsPromises(Seeds seeds) {
    TallyService.narrow()
        .meets(
            ALL,
            Situation.QUEUE_FULL,
            Situation.MEMORY_FULL,
            Situation.SEGMENT_ROLLED,
            Situation.DAMAGE_REFUSED)
        .run(seeds);
  }

  @SimulationTest(seeds = 150)
  void namesThatAreForgottenWereUsedOnce(Seeds seeds) {
    TallyService.forgetful()
        .meets(List.of(), Situation.NAMES_FULL, Situation.NAME_EXPIRED)
        .run(seeds);
  }

  @SimulationTest(seeds = 600)
  void whatMovesBetweenPartitionsIsNeitherLostNorDoubled(Seeds seeds) {
    TransferService.simulation()
        .meets(
            ALL,
            Situation.MESSAGE_AGAIN,
            Situation.SUBSCRIPTION,
            Situation.TIMER,
            Situation.DEAD_LETTER,
            Situation.DEAD_LETTER_RETRIED)
        .run(seeds);
  }

  @SimulationTest(seeds = 40)
  void inACrowdNothingThatMovesIsLostOrDoubled(Seeds seeds) {
    TransferService.crowd().run(seeds);
  }

  @SimulationTest(seeds = 200)
  void aRestoredNodeKnowsWhatWasThereThenAndLosesOrDoublesNothing(Seeds seeds) {
    TransferService.simulation()
        .restores()
        .meets(ALL, Situation.BACKUP_RESTORED, Situation.RESTORED_WITH_MESSAGES_UNDER_WAY)
        .run(seeds);
  }

  @SimulationTest(seeds = 100)
  void tablesOfARestoredNodeAreWhatItsLogSays(Seeds seeds) {
    TallyService.simulation(TallyService.TYPE)
        .restores()
        .meets(List.of(), Situation.BACKUP_RESTORED)
        .run(seeds);
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
