package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.CountEntriesRequest;
import io.thalweg.leaderboard.v1.CountEntriesResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.Assertions;

/**
 * Random commands with many ties against a naive board: every answer is as it must be, and state
 * rebuilt from the events, or from the rows, or after an undone command, is the same.
 */
class LeaderboardModelTest {
  private static final String BOARD = "b";

  @Property(tries = 300)
  void answersAreThoseOfTheNaiveBoard(
      @ForAll long seed,
      @ForAll Ranking ranking,
      @ForAll Operator operator,
      @ForAll boolean highFirst,
      @ForAll @IntRange(max = 12) int cap) {
    Random random = new Random(seed);
    Order order = highFirst ? Order.HIGH_FIRST : Order.LOW_FIRST;
    Operator op = known(operator) ? operator : Operator.BEST;
    Ranking kind = known(ranking) ? ranking : Ranking.ORDINAL;
    NaiveBoard model = new NaiveBoard(order, op, kind, cap);
    try (SoloPartition partition = new SoloPartition()) {
      partition.call(Requests.newBoard(BOARD, order, op, kind, cap), Board.class);
      for (int i = 0; i < 120; i++) {
        step(partition, model, random);
        if (i % 20 == 19) {
          check(partition, model, random);
        }
      }
      try (SoloPartition replayed = partition.replayed();
          SoloPartition reopened = partition.reopened()) {
        assertThat(replayed.digest()).isEqualTo(partition.digest());
        check(replayed, model, random);
        check(reopened, model, random);
        // Goes on where the other stopped.
        for (int i = 0; i < 20; i++) {
          step(reopened, model, random);
        }
        check(reopened, model, random);
      }
    }
  }

  @Property(tries = 200)
  void anUndoneCommandLeavesNothingBehind(
      @ForAll long seed, @ForAll Ranking ranking, @ForAll @IntRange(max = 8) int cap) {
    Random random = new Random(seed);
    Ranking kind = known(ranking) ? ranking : Ranking.ORDINAL;
    NaiveBoard model = new NaiveBoard(Order.HIGH_FIRST, Operator.SUM, kind, cap);
    try (SoloPartition partition = new SoloPartition()) {
      partition.call(
          Requests.newBoard(BOARD, Order.HIGH_FIRST, Operator.SUM, kind, cap), Board.class);
      for (int i = 0; i < 30; i++) {
        step(partition, model, random);
      }
      check(partition, model, random);
      byte[] before = partition.digest();
      List<Message> poison = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        poison.add(
            switch (random.nextInt(4)) {
              case 0 -> Requests.batch(BOARD, scores(random));
              case 1 -> Requests.batch("another", scores(random));
              case 2 -> ResetBoardRequest.newBuilder().setBoard(BOARD).build();
              default -> Requests.submit(BOARD, "m" + random.nextInt(20), random.nextInt(9) - 4);
            });
      }
      partition.callAndUndo(poison);
      assertThat(partition.digest()).isEqualTo(before);
      check(partition, model, random);
      assertThat(partition.index.find(0, "another")).isNull();
      for (int i = 0; i < 30; i++) {
        step(partition, model, random);
      }
      check(partition, model, random);
    }
  }

  private static boolean known(Enum<?> value) {
    return !value.name().endsWith("UNSPECIFIED") && !value.name().equals("UNRECOGNIZED");
  }

  private static void step(SoloPartition partition, NaiveBoard model, Random random) {
    switch (random.nextInt(12)) {
      case 0 -> {
        String member = "m" + random.nextInt(20);
        if (model.remove(member)) {
          partition.call(Requests.remove(BOARD, member), RemoveMemberResponse.class);
        } else {
          Requests.failureOf(
              () -> partition.call(Requests.remove(BOARD, member), RemoveMemberResponse.class));
        }
      }
      case 1 -> {
        Score[] scores = scores(random);
        double[] counts = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
          counts[i] = model.submit(scores[i].getMember(), scores[i].getScore());
        }
        SubmitScoresResponse response =
            partition.call(Requests.batch(BOARD, scores), SubmitScoresResponse.class);
        assertThat(response.getApplied()).isTrue();
        for (int i = 0; i < scores.length; i++) {
          SubmitScoreResponse result = response.getResults(i);
          assertThat(result.getMember()).isEqualTo(scores[i].getMember());
          assertThat(result.getScore()).isEqualTo(counts[i]);
          assertThat(result.getRank()).isEqualTo(model.rank(scores[i].getMember()));
        }
      }
      case 2 -> {
        if (random.nextInt(4) == 0) {
          model.clear();
          partition.call(ResetBoardRequest.newBuilder().setBoard(BOARD).build(), Board.class);
        }
      }
      case 3 -> {
        Ranking ranking = Ranking.forNumber(1 + random.nextInt(3));
        model.ranking(ranking);
        partition.call(
            UpdateBoardRequest.newBuilder().setBoard(BOARD).setRanking(ranking).build(),
            Board.class);
      }
      default -> {
        String member = "m" + random.nextInt(20);
        double score = random.nextInt(9) - 4;
        double counts = model.submit(member, score);
        SubmitScoreResponse response =
            partition.call(Requests.submit(BOARD, member, score), SubmitScoreResponse.class);
        assertThat(response.getScore()).isEqualTo(counts);
        assertThat(response.getRank()).isEqualTo(model.rank(member));
      }
    }
  }

  private static Score[] scores(Random random) {
    Score[] scores = new Score[1 + random.nextInt(15)];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Requests.score("m" + random.nextInt(20), random.nextInt(9) - 4);
    }
    return scores;
  }

  private static void check(SoloPartition partition, NaiveBoard model, Random random) {
    List<NaiveBoard.Member> sorted = model.sorted();
    List<Entry> entries =
        partition.call(Requests.list(BOARD, 1000), ListEntriesResponse.class).getEntriesList();
    assertThat(entries).hasSameSizeAs(sorted);
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      NaiveBoard.Member member = sorted.get(i);
      assertThat(entry.getMember()).isEqualTo(member.name());
      assertThat(entry.getScore()).isEqualTo(member.score());
      assertThat(entry.getRank()).isEqualTo(model.rank(member.name()));
      assertThat(entry.getPercentile())
          .isCloseTo(model.percentile(member.name()), Assertions.within(1e-9));
      assertThat(partition.call(Requests.get(BOARD, member.name()), Entry.class)).isEqualTo(entry);
    }
    Board board = partition.call(Requests.board(BOARD), Board.class);
    assertThat(board.getMemberCount()).isEqualTo(sorted.size());
    double min = random.nextInt(9) - 4;
    double max = min + random.nextInt(4);
    assertThat(
            partition
                .call(
                    CountEntriesRequest.newBuilder()
                        .setBoard(BOARD)
                        .setMinScore(min)
                        .setMaxScore(max)
                        .build(),
                    CountEntriesResponse.class)
                .getCount())
        .isEqualTo((int) model.count(min, max));
  }
}
