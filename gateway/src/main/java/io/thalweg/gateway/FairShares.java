package io.thalweg.gateway;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How many requests each project has under way, and whether a project is within its max-min fair
 * share of a number of places: those who ask for little have what they ask for, and the rest is
 * shared equally by the others.
 *
 * <p>A project with {@code x} requests under way is within its share of {@code n} places if {@code
 * sum over all projects of min(theirs, x) <= n}: if everybody who has more were cut down to {@code
 * x}, all would fit. That sum is that of {@code atLeast[1..x]}, where {@code atLeast[k]} is the
 * number of projects with at least {@code k} requests under way, which is what is kept: one more
 * and one less are one step each, and nobody walks over all projects.
 *
 * <p>Thread-safe, without locks; under contention a decision may be off by as many requests as
 * there are threads. A project that was seen once keeps its counter, some 100 bytes.
 */
final class FairShares {
  private final ConcurrentMap<Integer, AtomicInteger> projects = new ConcurrentHashMap<>();
  private final AtomicIntegerArray atLeast;

  /**
   * Shares of nobody.
   *
   * @param most requests that a project can have under way
   */
  FairShares(int most) {
    this.atLeast = new AtomicIntegerArray(most + 1);
  }

  private AtomicInteger of(int project) {
    AtomicInteger present = projects.get(project);
    return present == null ? projects.computeIfAbsent(project, p -> new AtomicInteger()) : present;
  }

  /** One more; returns how many the project has then. */
  int add(int project) {
    int now = of(project).incrementAndGet();
    atLeast.incrementAndGet(Math.min(now, atLeast.length() - 1));
    return now;
  }

  /** One less. */
  void remove(int project) {
    int before = of(project).getAndDecrement();
    atLeast.decrementAndGet(Math.min(before, atLeast.length() - 1));
  }

  int count(int project) {
    AtomicInteger present = projects.get(project);
    return present == null ? 0 : present.get();
  }

  /**
   * Whether a project with so many requests is within its share.
   *
   * @param more requests of it that are not counted yet
   */
  boolean fits(int count, int more, int places) {
    if (count >= atLeast.length()) {
      return false;
    }
    long sum = more;
    for (int k = 1; k <= count && sum <= places; k++) {
      sum += atLeast.get(k);
    }
    return sum <= places;
  }
}
