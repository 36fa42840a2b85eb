package io.thalweg.examples.poll;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.examples.poll.v1.*;
import io.thalweg.testkit.*;
import java.util.*;
import java.util.random.RandomGenerator;

/** Whatever goes wrong: each voter counts once, and nobody votes after the close. */
class PollsSimulationTest {
  private static final int MAX_OPEN_MS = 5_000;

  @SimulationTest(seeds = 200)
  void everyAcknowledgedVoterCountsOnce(Seeds seeds) {
    Simulation.of(Polls.TYPE)
        .ask(PollsSimulationTest::create)
        .ask(
            6,
            random ->
                CastVoteRequest.newBuilder()
                    .setPoll(poll(random))
                    .setVoter("v" + random.nextInt(4))
                    .setOption("o" + random.nextInt(2))
                    .build())
        .ask(2, random -> GetResultsRequest.newBuilder().setPoll(poll(random)).build())
        .watch(random -> WatchPollRequest.newBuilder().setPoll(poll(random)).build())
        .invariant(EachVoterCountsOnce::new)
        .run(seeds);
  }

  private static Message create(RandomGenerator random) {
    var poll =
        CreatePollRequest.newBuilder()
            .setPoll(poll(random))
            .setOpenForMs(1 + random.nextInt(MAX_OPEN_MS));
    for (String name : List.of("o0", "o1")) {
      poll.addOptionsBuilder().setName(name);
    }
    return poll.build();
  }

  private static String poll(RandomGenerator random) {
    return "p" + random.nextInt(3);
  }

  private static final class EachVoterCountsOnce implements Invariant {
    /** By poll: who voted for certain (true), and who may have (false). */
    private final Map<String, Map<String, Boolean>> voters = new TreeMap<>();

    @Override
    public void answered(Answered answered) {
      if (answered.request() instanceof CastVoteRequest vote
          && answered.outcome() instanceof Outcome.Replied replied) {
        voters(vote.getPoll()).put(vote.getVoter(), true);
        assertThat(((Poll) replied.reply()).getClosed()).as("voted on a closed poll").isFalse();
      }
    }

    @Override
    public void unanswered(Message request) {
      if (request instanceof CastVoteRequest vote) {
        voters(vote.getPoll()).putIfAbsent(vote.getVoter(), false);
      }
    }

    @Override
    public void quiet(QuietNode node) {
      node.sleep(MAX_OPEN_MS);
      voters.forEach((name, of) -> {
        if (of.containsValue(true)) {
          var results = GetResultsRequest.newBuilder().setPoll(name).build();
          Poll poll = node.call(results, Poll.class);
          long counted = poll.getOptionsList().stream().mapToLong(Option::getVotes).sum();
          long least = of.values().stream().filter(certain -> certain).count();
          assertThat(counted).as("votes in " + name).isBetween(least, (long) of.size());
          assertThat(poll.getClosed()).as(name + " has closed").isTrue();
        }
      });
    }

    private Map<String, Boolean> voters(String poll) {
      return voters.computeIfAbsent(poll, name -> new TreeMap<>());
    }
  }
}
