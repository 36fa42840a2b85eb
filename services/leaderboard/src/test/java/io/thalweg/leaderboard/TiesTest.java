package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.leaderboard.v1.Order;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Boards whose ties are broken by name are in the order of a sorted list, however they change. */
class TiesTest {
  private static final Comparator<String> BY_BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  @Property(tries = 40)
  void ofEqualScoresTheSmallerNameStandsFirst(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 50) int scores) {
    Random random = new Random(seed);
    Order order = random.nextBoolean() ? Order.LOW_FIRST : Order.HIGH_FIRST;
    BoardRanks board = board(order);
    Map<String, Double> model = new HashMap<>();
    if (random.nextBoolean()) {
      board.builtTree(); // else all is sorted at once, later
    }
    for (int i = 0; i < 3000; i++) {
      String name = name(random);
      if (random.nextInt(4) > 0) {
        double score = random.nextInt(scores);
        board.stand(name, new Standing(score, i, 0));
        model.put(name, score);
      } else if (model.remove(name) != null) {
        board.stand(name, null);
      }
    }
    check(board, model, order);
  }

  private static void check(BoardRanks board, Map<String, Double> model, Order order) {
    Comparator<String> byScore = Comparator.comparing(model::get);
    List<String> expected = new ArrayList<>(model.keySet());
    expected.sort(
        (order == Order.HIGH_FIRST ? byScore.reversed() : byScore).thenComparing(BY_BYTES));
    for (int i = 0; i < expected.size(); i++) {
      String name = expected.get(i);
      assertThat(board.name(board.from(i).id())).isEqualTo(name);
      assertThat(board.position(board.find(name))).isEqualTo(i);
      assertThat(board.positionAfter(model.getOrDefault(name, 0.0), -1, name)).isEqualTo(i + 1);
    }
  }

  private static BoardRanks board(Order order) {
    Settings settings =
        Settings.SORTED_SET.with(
            order, Settings.SORTED_SET.operator(), Settings.SORTED_SET.ranking(), 0);
    return new BoardRanks(new BoardRow(1, 0, settings, 0, 0), new EncodedName());
  }

  /** Names of all lengths around a word, many with the same beginning. */
  private static String name(Random random) {
    String end = Integer.toString(random.nextInt(60));
    return switch (random.nextInt(4)) {
      case 0 -> end;
      case 1 -> "abcdefg".substring(random.nextInt(7)) + end;
      case 2 -> "the same first bytes of all, and then " + end;
      default -> "\u00e9\u4e16\ud83c\udfc6".substring(random.nextInt(2)) + end;
    };
  }
}
