package io.thalweg.jobs;

import io.thalweg.testkit.Fault;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Queues on a machine that is killed, loses power, fills its disk, and whose clock jumps, with
 * workers who report in time, too late and twice.
 */
class JobsSimulationTest {
  // One run at a time: what workers ask depends on what they were answered.
  private @Nullable Workers workers;

  @SimulationTest(seeds = 80, threads = 1)
  void everyJobIsDoneOnceFairlyAndAfterWhatItWaitsFor(Seeds seeds) {
    Simulation.of(JobQueues.TYPE)
        .options(options -> options.withPartitions(1))
        .operations(120)
        .ask(random -> Objects.requireNonNull(workers).draw(random))
        .invariant(this::newWorkers)
        .run(seeds);
  }

  @SimulationTest(seeds = 20, threads = 1)
  void leasesThatAreOverInAJumpOfTheClockAreLostOnce(Seeds seeds) {
    Simulation.of(JobQueues.TYPE)
        .options(options -> options.withPartitions(1))
        .faults(Fault.CLOCK_JUMP, Fault.KILL, Fault.POWER_LOSS)
        .maxFaults(8)
        .operations(120)
        .ask(random -> Objects.requireNonNull(workers).draw(random))
        .invariant(this::newWorkers)
        .run(seeds);
  }

  private Workers newWorkers() {
    Workers made = new Workers();
    workers = made;
    return made;
  }
}
