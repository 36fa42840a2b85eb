package io.thalweg.testkit;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.opentest4j.TestAbortedException;

/**
 * The seeds of a {@link SimulationTest}. A test method takes it as a parameter and calls {@link
 * #forEach}.
 */
public final class Seeds {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MS_PER_HOUR = 3_600_000;

  private final String test;
  private final SeedChoice choice;
  private final ReplayCommand command;
  private final PrintStream out;
  private final LongAdder simulatedMs = new LongAdder();
  private volatile boolean used;

  /**
   * @param test class and method, for reports
   */
  Seeds(String test, SeedChoice choice, ReplayCommand command, PrintStream out) {
    this.test = test;
    this.choice = choice;
    this.command = command;
    this.out = out;
  }

  /** What a test does with one seed. */
  @FunctionalInterface
  public interface Body {
    /**
     * Runs once with a seed. Everything random in it follows from the seed. It shares nothing that
     * changes with the runs of other seeds: they run at the same time.
     *
     * @throws Throwable to fail the test; an error that is {@link Replayable} also gives its plan
     */
    void run(long seed) throws Throwable;
  }

  /**
   * Runs the body for every seed, on threads of its own, and prints a line with what was run. After
   * a failure no further seed begins; of several failures the one that is first in the order of
   * seeds is reported, so that the report does not depend on the threads.
   *
   * @throws AssertionError if the body failed for a seed: it names the seed, what failed, and the
   *     command that replays it
   * @throws TestAbortedException if an assumption of the body did not hold for a seed
   */
  public void forEach(Body body) {
    used = true;
    simulatedMs.reset();
    long startNanos = System.nanoTime();
    SeedRun run = new SeedRun(choice, body);
    Optional<SeedRun.Failure> failure = run.await();
    out.println(summary(run.completed(), System.nanoTime() - startNanos));
    failure.ifPresent(this::report);
  }

  /**
   * Tells how much virtual time a run of the body has simulated, for the line at the end. Adds up;
   * safe for use by several threads.
   *
   * @param ms at least 0
   */
  public void simulatedMs(long ms) {
    if (ms < 0) {
      throw new IllegalArgumentException("ms is " + ms + ", it is at least 0");
    }
    simulatedMs.add(ms);
  }

  /** The plan to follow in place of the one that the seed gives, when a failure is replayed. */
  public Optional<String> plan() {
    return choice.plan();
  }

  /** Whether at least as many seeds are run as the test says. */
  boolean areAll() {
    return choice.areAll();
  }

  /** Prints a line about the runs, after that of {@link #forEach}. */
  void note(String text) {
    out.println(test + ": " + text);
  }

  boolean used() {
    return used;
  }

  private void report(SeedRun.Failure failure) {
    Throwable cause = failure.cause();
    if (cause instanceof TestAbortedException aborted) {
      throw aborted;
    }
    String invariant = text(cause);
    int firstEnd = invariant.indexOf('\n');
    String first = firstEnd < 0 ? invariant : invariant.substring(0, firstEnd);
    String rest = firstEnd < 0 ? "" : invariant.substring(firstEnd);
    throw new AssertionError(
        "seed %s failed: %s%n  replay: %s%s"
            .formatted(
                SeedChoice.hex(failure.seed()),
                first,
                command.line(failure.seed(), plan(cause)),
                rest),
        cause);
  }

  private static String text(Throwable cause) {
    String message = cause.getMessage() == null ? "" : cause.getMessage().strip();
    if (message.isEmpty()) {
      return cause.getClass().getName();
    }
    return cause instanceof AssertionError ? message : cause.getClass().getName() + ": " + message;
  }

  private Optional<String> plan(Throwable cause) {
    if (!(cause instanceof Replayable replayable)) {
      return choice.plan();
    }
    try {
      return Optional.of(replayable.plan()).filter(plan -> !plan.isEmpty());
    } catch (RuntimeException | AssertionError e) {
      cause.addSuppressed(e); // The seed alone replays it too.
      return choice.plan();
    }
  }

  private String summary(long completed, long nanos) {
    double seconds = Math.max(nanos, 1) / NANOS_PER_SECOND;
    return String.format(
        Locale.ROOT,
        "%s: %,d of %,d seeds passed, %,.1f seeds/s, %,.2f simulated hours",
        test,
        completed,
        choice.count(),
        completed / seconds,
        simulatedMs.sum() / MS_PER_HOUR);
  }
}
