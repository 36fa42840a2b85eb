package io.thalweg.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class SeedsTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  /** Read, not run. */
  static final class Annotated {
    @SimulationTest(seeds = 20, threads = 4)
    void body() {}
  }

  /** The choice of a test with 20 seeds and 4 threads. */
  private static SeedChoice choice(String test, Map<String, String> properties) {
    try {
      SimulationTest annotation =
          Annotated.class.getDeclaredMethod("body").getAnnotation(SimulationTest.class);
      return SeedChoice.of(annotation, test, name -> Optional.ofNullable(properties.get(name)));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  private Seeds seeds(Map<String, String> properties) {
    return new Seeds(
        "SeedsTest.body",
        choice("test", properties),
        ReplayCommand.of(SeedsTest.class, "body"),
        new PrintStream(printed, true, UTF_8));
  }

  private static List<Long> all(SeedChoice choice) {
    List<Long> all = new ArrayList<>();
    for (int i = 0; i < choice.count(); i++) {
      all.add(choice.seed(i));
    }
    return all;
  }

  @Test
  void everySeedRunsOnceAndTheyAreDifferent() {
    ConcurrentLinkedQueue<Long> ran = new ConcurrentLinkedQueue<>();
    seeds(Map.of()).forEach(ran::add);
    assertThat(ran)
        .containsExactlyInAnyOrderElementsOf(all(choice("test", Map.of())))
        .hasSize(20)
        .doesNotHaveDuplicates();
  }

  @Test
  void seedsFollowFromTheNameOfTheTestAlone() {
    assertThat(all(choice("a.B.c", Map.of()))).isEqualTo(all(choice("a.B.c", Map.of())));
    assertThat(all(choice("a.B.c", Map.of())))
        .doesNotContainAnyElementsOf(all(choice("a.B.d", Map.of())));
    // Written down, so that a change of the hash, which would give every test other seeds, is seen.
    assertThat(SeedChoice.hex(choice("a.B.c", Map.of()).seed(0))).isEqualTo("0x541c9dc975a587f3");
  }

  @Test
  void aBaseGivesOtherSeeds() {
    assertThat(all(choice("test", Map.of("thalweg.seedBase", "7"))))
        .isEqualTo(all(choice("other", Map.of("thalweg.seedBase", "0x7"))))
        .doesNotContainAnyElementsOf(all(choice("test", Map.of())));
  }

  @Test
  void theNumberOfSeedsCanBeGiven() {
    assertThat(choice("test", Map.of("thalweg.seeds", "3")).count()).isEqualTo(3);
    assertThat(all(choice("test", Map.of())))
        .startsWith(all(choice("test", Map.of("thalweg.seeds", "3"))).toArray(Long[]::new));
  }

  @Test
  void oneSeedCanBeReplayed() {
    for (String seed : List.of("0xffffffffffffffff", "-1")) {
      Set<Long> ran = new HashSet<>();
      seeds(Map.of("thalweg.seed", seed, "thalweg.seeds", "50")).forEach(ran::add);
      assertThat(ran).containsExactly(-1L);
    }
    assertThat(SeedChoice.hex(-1)).isEqualTo("0xffffffffffffffff");
  }

  @Test
  void badPropertiesAreNamed() {
    assertThatThrownBy(() -> choice("t", Map.of("thalweg.seeds", "0")))
        .hasMessage("thalweg.seeds is 0, it has to be from 1 to 1000000000");
    assertThatThrownBy(() -> choice("t", Map.of("thalweg.threads", "65")))
        .hasMessage("thalweg.threads is 65, it has to be from 1 to 64");
    assertThatThrownBy(() -> choice("t", Map.of("thalweg.seed", "0xg")))
        .hasMessageContaining("thalweg.seed is \"0xg\"");
    assertThatThrownBy(() -> choice("t", Map.of("thalweg.plan", "a")))
        .hasMessageContaining("thalweg.seed");
  }

  @Test
  void noMoreThanTheGivenNumberRunAtOnce() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CyclicBarrier together = new CyclicBarrier(4);
    seeds(Map.of())
        .forEach(_ -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          together.await(); // 20 seeds in groups of 4: each waits for three others.
          running.decrementAndGet();
        });
    assertThat(most).hasValue(4);
  }

  @Test
  void theFirstFailureInTheOrderOfSeedsIsReported() {
    List<Long> all = all(choice("test", Map.of()));
    CountDownLatch laterFailed = new CountDownLatch(1);
    ConcurrentLinkedQueue<Long> ran = new ConcurrentLinkedQueue<>();
    Throwable failure =
        catchThrowable(() ->
            seeds(Map.of())
                .forEach(seed -> {
                  ran.add(seed);
                  if (seed == all.get(1)) {
                    laterFailed.await();
                    throw new AssertionError("the first");
                  } else if (seed == all.get(3)) {
                    laterFailed.countDown();
                    throw new AssertionError("a later one");
                  } else if (seed != all.get(0)) {
                    laterFailed.await();
                  }
                }));
    assertThat(failure)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("seed " + SeedChoice.hex(all.get(1)) + " failed: the first")
        .hasRootCauseMessage("the first");
    assertThat(ran).doesNotContain(all.get(19));
  }

  @Test
  void aFailureNamesSeedInvariantAndTheCommandThatReplaysIt() {
    assertThatThrownBy(() ->
            seeds(Map.of("thalweg.seed", "0x2a"))
                .forEach(_ -> {
                  throw new AssertionError("\nNoneLost: command 5\nof client 2");
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            """
            seed 0x2a failed: NoneLost: command 5
              replay: mvn -pl testkit -am test -Dtest=SeedsTest#body -Dthalweg.seed=0x2a -Dsurefire.failIfNoSpecifiedTests=false
            of client 2\
            """);
  }

  @Test
  void anExceptionIsNamedByItsClass() {
    assertThatThrownBy(() ->
            seeds(Map.of())
                .forEach(_ -> {
                  throw new java.io.IOException("disk");
                }))
        .hasMessageContaining(" failed: java.io.IOException: disk");
  }

  private static final class WithPlan extends AssertionError implements Replayable {
    private static final long serialVersionUID = 1;
    private final AtomicInteger asked;

    WithPlan(AtomicInteger asked) {
      super("broken");
      this.asked = asked;
    }

    @Override
    public String plan() {
      asked.incrementAndGet();
      return "crash@12 drop'3";
    }
  }

  @Test
  void thePlanOfTheReportedFailureIsInTheCommand() {
    AtomicInteger asked = new AtomicInteger();
    assertThatThrownBy(() ->
            seeds(Map.of())
                .forEach(_ -> {
                  throw new WithPlan(asked);
                }))
        .hasMessageContaining(" '-Dthalweg.plan=crash@12 drop'\\''3' ");
    assertThat(asked).hasValue(1);
  }

  @Test
  void theBodyOfAReplayGetsThePlan() {
    assertThat(seeds(Map.of()).plan()).isEmpty();
    Seeds replay = seeds(Map.of("thalweg.seed", "1", "thalweg.plan", "crash@12"));
    assertThat(replay.plan()).contains("crash@12");
    assertThatThrownBy(() ->
            replay.forEach(_ -> {
              throw new AssertionError("broken");
            }))
        .hasMessageContaining(" -Dthalweg.plan=crash@12 ");
  }

  @Test
  void anAssumptionThatDoesNotHoldSkipsTheTest() {
    assertThatThrownBy(() -> seeds(Map.of()).forEach(_ -> Assumptions.abort("not here")))
        .isInstanceOf(TestAbortedException.class);
  }

  @Test
  void oneLineSaysWhatWasRun() {
    Seeds seeds = seeds(Map.of());
    seeds.forEach(_ -> seeds.simulatedMs(900_000));
    assertThat(printed.toString(UTF_8))
        .matches(
            "SeedsTest\\.body: 20 of 20 seeds passed, [0-9.,]+ seeds/s, 5\\.00 simulated hours\\R");
    assertThatThrownBy(() -> seeds.simulatedMs(-1)).hasMessageContaining("ms is -1");
  }

  @Test
  void anInterruptedTestNamesTheSeedThatHangs() throws InterruptedException {
    CountDownLatch hanging = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread test =
        new Thread(() ->
            thrown.set(
                catchThrowable(() ->
                    seeds(Map.of("thalweg.threads", "1"))
                        .forEach(_ -> {
                          hanging.countDown();
                          new CountDownLatch(1).await();
                        }))));
    test.start();
    hanging.await();
    test.interrupt();
    test.join();
    assertThat(thrown.get())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(
            "seed %s failed: interrupted while it ran"
                .formatted(SeedChoice.hex(choice("test", Map.of()).seed(0))));
  }
}
