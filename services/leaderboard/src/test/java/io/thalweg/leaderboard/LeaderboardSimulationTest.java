package io.thalweg.leaderboard;

import io.thalweg.leaderboard.SeasonsFollowTheSchedule.Cadence;
import io.thalweg.leaderboard.v1.GetSeasonRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.ResetSchedule;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.testkit.Fault;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The leaderboard on a machine that is killed, loses power, fills its disk, and whose clock jumps.
 *
 * <p>Each test says what clients ask, as generators of requests, and what has to hold: a model that
 * does one thing at a time, or invariants of its own. What holds for every service (nothing that
 * was answered is lost, nothing is done twice, a replay gives the same tables, watchers miss
 * nothing) is checked in every run besides.
 */
class LeaderboardSimulationTest {
  private static final List<String> BOARDS = List.of("goals", "laps", "wins");

  @SimulationTest(seeds = 100)
  void answersAreThoseOfABoardThatDoesOneThingAtATime(Seeds seeds) {
    Simulation.of(Leaderboard.TYPE)
        .ask(8, random -> Requests.submit(board(random), member(random), random.nextInt(9) - 4))
        .ask(2, random -> Requests.remove(board(random), member(random)))
        .ask(4, random -> Requests.get(board(random), member(random)))
        .ask(2, random -> Requests.list(board(random), 1 + random.nextInt(6)))
        .ask(2, random -> named(board(random), member(random), random))
        .ask(random -> reset(board(random)))
        .ask(random -> seasonEntries(board(random), 1 + random.nextInt(2)))
        .watch(random -> WatchBoardRequest.newBuilder().setBoard(board(random)).build())
        .model(new BoardModel())
        .run(seeds);
  }

  @SimulationTest(seeds = 100)
  void aScoreReachesEachOfItsBoardsExactlyOnce(Seeds seeds) {
    Simulation.of(Leaderboard.TYPE)
        .options(options -> options.withPartitions(3))
        .ask(EveryScoreArrivesOnce::draw)
        .invariant(EveryScoreArrivesOnce::new)
        .run(seeds);
  }

  @SimulationTest(seeds = 100)
  void aForgottenMemberIsShownWithoutANameOnAllBoards(Seeds seeds) {
    Simulation.of(Leaderboard.TYPE)
        .options(options -> options.withPartitions(3))
        .ask(2, random -> Requests.submit(board(random), member(random), random.nextInt(9)))
        .ask(4, random -> named(board(random), member(random), random))
        .ask(2, random -> DisplayNamesTest.forget(member(random)))
        .ask(2, random -> Requests.get(board(random), member(random)))
        .ask(2, random -> Requests.list(board(random), 1 + random.nextInt(6)))
        .invariant(() -> new NamesStayForgotten(BOARDS))
        .run(seeds);
  }

  @SimulationTest(seeds = 30)
  void seasonsEndWhenTheScheduleSaysSoAndHoldTheFinalStandings(Seeds seeds) {
    Simulation.of(Leaderboard.TYPE)
        .faults(
            Fault.CLOCK_JUMP,
            Fault.CLOCK_JUMP,
            Fault.KILL,
            Fault.POWER_LOSS,
            Fault.RESTART,
            Fault.DISK_STALL)
        .maxFaults(8)
        .ask(6, random -> Requests.submit(board(random), member(random), random.nextInt(9)))
        .ask(2, random -> schedule(board(random), random))
        .ask(random -> reset(board(random)))
        .ask(random -> season(board(random), 1 + random.nextInt(3)))
        .watch(random -> WatchBoardRequest.newBuilder().setBoard(board(random)).build())
        .invariant(() -> new SeasonsFollowTheSchedule(BOARDS))
        .run(seeds);
  }

  private static String board(RandomGenerator random) {
    return BOARDS.get(random.nextInt(BOARDS.size()));
  }

  private static String member(RandomGenerator random) {
    return "m" + random.nextInt(5);
  }

  /** Each name is another one. */
  private static SetDisplayNameRequest named(String board, String member, RandomGenerator random) {
    return DisplayNamesTest.set(board, member, Long.toHexString(random.nextLong()));
  }

  private static ResetBoardRequest reset(String board) {
    return ResetBoardRequest.newBuilder().setBoard(board).build();
  }

  private static GetSeasonRequest season(String board, int number) {
    return GetSeasonRequest.newBuilder().setBoard(board).setSeason(number).build();
  }

  private static ListSeasonEntriesRequest seasonEntries(String board, int number) {
    return ListSeasonEntriesRequest.newBuilder().setBoard(board).setSeason(number).build();
  }

  /** One of the schedules, or none any more. */
  private static UpdateBoardRequest schedule(String board, RandomGenerator random) {
    Cadence[] all = Cadence.values();
    int drawn = random.nextInt(all.length + 1);
    return UpdateBoardRequest.newBuilder()
        .setBoard(board)
        .setResetSchedule(
            drawn == all.length ? ResetSchedule.getDefaultInstance() : all[drawn].schedule)
        .build();
  }
}
