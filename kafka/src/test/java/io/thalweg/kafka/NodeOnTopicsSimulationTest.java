package io.thalweg.kafka;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.testkit.Fault;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

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
        .model(new BestScores())
        .run(seeds);
  }

  /** A board that does one thing at a time: the best score of each member. */
  private static final class BestScores
      implements SequentialModel<Map<String, Double>, Message, Outcome> {
    @Override
    public Map<String, Double> initial(String key) {
      return Map.of();
    }

    @Override
    public Optional<Map<String, Double>> step(
        Map<String, Double> best, Message request, Outcome outcome) {
      Map<String, Double> after = stepUnknown(best, request);
      boolean fits =
          switch (request) {
            case SubmitScoreRequest submit ->
                outcome instanceof Outcome.Replied(SubmitScoreResponse reply)
                    && Objects.equals(after.get(submit.getMember()), reply.getScore());
            case GetEntryRequest get ->
                best.containsKey(get.getMember())
                    ? outcome instanceof Outcome.Replied(Entry entry)
                        && Objects.equals(best.get(get.getMember()), entry.getScore())
                    : outcome instanceof Outcome.Refused(Code code) && code == Code.NOT_FOUND;
            default -> false;
          };
      return fits ? Optional.of(after) : Optional.empty();
    }

    @Override
    public Map<String, Double> stepUnknown(Map<String, Double> best, Message request) {
      if (!(request instanceof SubmitScoreRequest submit)) {
        return best;
      }
      Map<String, Double> after = new TreeMap<>(best);
      after.merge(submit.getMember(), submit.getScore(), Math::max);
      return after;
    }

    @Override
    public boolean isRead(Message request) {
      return request instanceof GetEntryRequest;
    }
  }
}
