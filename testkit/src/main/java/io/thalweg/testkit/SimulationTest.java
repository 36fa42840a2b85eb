package io.thalweg.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs for many seeds.
 *
 * <pre>{@code
 * @SimulationTest(seeds = 200)
 * void noAcknowledgedScoreIsLost(Seeds seeds) {
 *   seeds.forEach(seed -> { ... });
 * }
 * }</pre>
 *
 * <p>The method takes a {@link Seeds} and has to use it. Its seeds follow from the names of class
 * and method, so every run of the build tests the same ones. A failure names its seed and the
 * command that replays it.
 *
 * <p>Properties, given with {@code -D} to Maven:
 *
 * <ul>
 *   <li>{@code thalweg.seeds}: how many seeds, in place of {@link #seeds()}
 *   <li>{@code thalweg.seed}: run this one only
 *   <li>{@code thalweg.seedBase}: other seeds, that follow from this number
 *   <li>{@code thalweg.threads}: how many at once, in place of {@link #threads()}
 *   <li>{@code thalweg.plan}: with {@code thalweg.seed}, the plan of a failure ({@link
 *       Seeds#plan()})
 * </ul>
 *
 * <p>Its time limit is half an hour for all its seeds together, whatever that of other tests is:
 * how long so many runs take depends on the machine. {@code @Timeout} at the method is another one.
 *
 * <p>Numbers are decimal or begin with {@code 0x}.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Test
@Timeout(value = 30, unit = TimeUnit.MINUTES)
@ExtendWith(SimulationExtension.class)
public @interface SimulationTest {
  /** How many seeds to run, from 1 to 1,000,000,000. */
  int seeds() default 100;

  /** How many seeds run at once, each on a thread of its own, from 1 to 64. */
  int threads() default 2;
}
