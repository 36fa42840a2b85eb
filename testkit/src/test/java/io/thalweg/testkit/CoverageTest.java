package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CoverageTest {
  private static Simulation.Result met(Set<Fault> faults, Set<Situation> situations) {
    return new Simulation.Result(0, 0, 0, 0, 1, faults, situations);
  }

  @Test
  void whatNoSeedMetIsNamed() {
    Coverage coverage = new Coverage();
    coverage.add(met(Set.of(Fault.KILL), Set.of(Situation.TIMER)));
    coverage.add(met(Set.of(Fault.KILL), Set.of()));
    coverage.require(List.of(Fault.KILL), List.of(Situation.TIMER));
    assertThatThrownBy(() ->
            coverage.require(
                List.of(Fault.KILL, Fault.BIT_ROT), List.of(Situation.QUEUE_FULL, Situation.TIMER)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("no seed met BIT_ROT, QUEUE_FULL; met were: KILL 2, TIMER 1");
  }

  @Test
  void aRefusalTellsTheSituationThatItComesFrom() {
    assertThat(
            Situation.of(
                Failure.retryable(
                    Code.RESOURCE_EXHAUSTED, "the memory for unwritten rows is used up", 50)))
        .isEqualTo(Situation.MEMORY_FULL);
    assertThat(Situation.of(Failure.of(Code.FAILED_PRECONDITION, "the queue of partition")))
        .isNull();
    assertThat(Situation.of(Failure.retryable(Code.UNAVAILABLE, "is loading", 50))).isNull();
  }
}
