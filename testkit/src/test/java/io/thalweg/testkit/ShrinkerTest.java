package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testkit.Shrinker.Shrunk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShrinkerTest {
  private static final int MANY = 100_000;

  private static List<Integer> plan(int size) {
    return IntStream.range(0, size).boxed().toList();
  }

  @Test
  void whatDoesNotMatterIsLeftOut() {
    Shrunk<Integer> shrunk =
        Shrinker.shrink(plan(1_000), MANY, rest -> rest.containsAll(List.of(17, 400, 999)));
    assertThat(shrunk.plan()).containsExactly(17, 400, 999);
    assertThat(shrunk.minimal()).isTrue();
    assertThat(shrunk.tries()).isLessThan(200);
  }

  @Test
  void equalElementsAreDifferentOnes() {
    Predicate<List<String>> twice = rest -> rest.stream().filter("crash"::equals).count() >= 2;
    assertThat(Shrinker.shrink(List.of("crash", "drop", "crash", "crash"), MANY, twice).plan())
        .containsExactly("crash", "crash");
  }

  @Test
  void aPlanThatDoesNotMatterBecomesEmpty() {
    Shrunk<Integer> shrunk = Shrinker.shrink(plan(1_000), MANY, _ -> true);
    assertThat(shrunk).isEqualTo(new Shrunk<>(List.of(), 2, true));
    assertThat(Shrinker.shrink(plan(0), MANY, _ -> true).plan()).isEmpty();
  }

  @Test
  void aPlanOfWhichAllMattersStays() {
    Shrunk<Integer> shrunk = Shrinker.shrink(plan(9), MANY, rest -> rest.size() == 9);
    assertThat(shrunk.plan()).isEqualTo(plan(9));
    assertThat(shrunk.minimal()).isTrue();
  }

  @Test
  void triesAreBounded() {
    List<List<Integer>> tried = new ArrayList<>();
    Shrunk<Integer> shrunk =
        Shrinker.shrink(
            plan(1_000),
            10,
            rest -> {
              tried.add(List.copyOf(rest));
              return rest.containsAll(List.of(17, 400, 999));
            });
    assertThat(tried).hasSize(10);
    assertThat(shrunk.tries()).isEqualTo(10);
    assertThat(shrunk.minimal()).isFalse();
    assertThat(shrunk.plan()).contains(17, 400, 999).hasSizeLessThan(1_000);
  }

  @Test
  void aPlanThatDoesNotFailIsRefused() {
    assertThatThrownBy(() -> Shrinker.shrink(plan(3), MANY, _ -> false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the whole plan of 3 elements does not fail");
    assertThatThrownBy(() -> Shrinker.shrink(plan(3), 0, _ -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxTries is 0");
  }

  @Property(tries = 300)
  void theResultFailsAndEveryElementIsNeeded(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int size) {
    // Fails if it holds one of some sets: more than one minimal plan, of different sizes.
    Random random = new Random(seed);
    List<Set<Integer>> causes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Set<Integer> cause = new HashSet<>();
      for (int j = random.nextInt(5); j >= 0; j--) {
        cause.add(random.nextInt(size));
      }
      causes.add(cause);
    }
    Set<List<Integer>> tried = new HashSet<>();
    Predicate<List<Integer>> fails = rest -> causes.stream().anyMatch(rest::containsAll);
    Predicate<List<Integer>> counted =
        rest -> {
          assertThat(tried.add(List.copyOf(rest))).as("tried once: %s", rest).isTrue();
          return fails.test(rest);
        };
    Shrunk<Integer> shrunk = Shrinker.shrink(plan(size), MANY, counted);
    assertThat(shrunk.minimal()).isTrue();
    assertThat(fails.test(shrunk.plan())).isTrue();
    assertThat(shrunk.plan()).isSorted();
    for (Integer element : shrunk.plan()) {
      List<Integer> without = new ArrayList<>(shrunk.plan());
      without.remove(/* element */ element);
      assertThat(fails.test(without)).isFalse();
    }
    assertThat(Shrinker.shrink(plan(size), MANY, fails)).isEqualTo(shrunk);
  }
}
