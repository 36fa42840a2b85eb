package io.thalweg.kafka;

import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.testkit.Fault;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.List;

/**
 * A whole node over topics in which everything goes wrong that may, while it is killed and started
 * again: what holds for every service on an embedded log holds here.
 */
class NodeOnTopicsSimulationTest {
  private static final List<String> BOARDS = List.of("goals", "laps", "wins");

  @SimulationTest(seeds = 150)
  void whatHoldsOnAnEmbeddedLogHoldsOnTopics(Seeds seeds) {
    Simulation.of(Leaderboard.TYPE)
        .engine(ModelEngine::new)
        .faults(
            Fault.KILL,
            Fault.RESTART,
            Fault.TABLES_DAMAGED,
            Fault.BUSY_MACHINE,
            Fault.CLOCK_JUMP,
            Fault.NETWORK_CUT,
            Fault.NETWORK_CHAOS)
        .ask(
            8,
            random ->
                SubmitScoreRequest.newBuilder()
                    .setBoard(BOARDS.get(random.nextInt(BOARDS.size())))
                    .setMember("m" + random.nextInt(5))
                    .setScore(random.nextInt(9) - 4)
                    .build())
        .ask(
            4,
            random ->
                GetEntryRequest.newBuilder()
                    .setBoard(BOARDS.get(random.nextInt(BOARDS.size())))
                    .setMember("m" + random.nextInt(5))
                    .build())
        .watch(random -> WatchBoardRequest.newBuilder().setBoard(BOARDS.get(0)).build())
        .run(seeds);
  }
}
