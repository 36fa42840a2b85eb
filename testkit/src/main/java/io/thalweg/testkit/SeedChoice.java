package io.thalweg.testkit;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Which seeds a test runs: {@code count} ones that follow from {@code base}, or the one that was
 * asked for.
 */
record SeedChoice(
    long base, int count, OptionalLong only, int threads, Optional<String> plan, boolean areAll) {
  static final String SEED = "thalweg.seed";
  static final String PLAN = "thalweg.plan";
  private static final String SEEDS = "thalweg.seeds";
  private static final String SEED_BASE = "thalweg.seedBase";
  private static final String THREADS = "thalweg.threads";
  private static final int MAX_SEEDS = 1_000_000_000;
  private static final int MAX_THREADS = 64;

  // Of SplitMix64 (Steele, Lea, Flood, 2014): consecutive numbers become unrelated seeds, which
  // java.util.Random needs.
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  /**
   * @param test class and method
   * @param property the value of a property, if it is set
   * @throws IllegalArgumentException naming the property that is out of its bounds
   */
  static SeedChoice of(
      SimulationTest annotation, String test, Function<String, Optional<String>> property) {
    Optional<String> seed = property.apply(SEED);
    Optional<String> plan = property.apply(PLAN);
    if (plan.isPresent() && seed.isEmpty()) {
      throw new IllegalArgumentException(PLAN + " needs the seed that it belongs to, in " + SEED);
    }
    long base = property.apply(SEED_BASE).map(v -> number(SEED_BASE, v)).orElse(hash(test));
    long count = property.apply(SEEDS).map(v -> number(SEEDS, v)).orElse((long) annotation.seeds());
    long threads =
        property.apply(THREADS).map(v -> number(THREADS, v)).orElse((long) annotation.threads());
    if (seed.isPresent()) {
      return new SeedChoice(base, 1, OptionalLong.of(number(SEED, seed.get())), 1, plan, false);
    }
    return new SeedChoice(
        base,
        bounded(SEEDS, count, MAX_SEEDS),
        OptionalLong.empty(),
        bounded(THREADS, threads, MAX_THREADS),
        plan,
        count >= annotation.seeds());
  }

  /** The seed with an index from 0 to {@code count - 1}. */
  long seed(int index) {
    return only.isPresent() ? only.getAsLong() : mix(base + index * GOLDEN_GAMMA);
  }

  /** A seed as it is printed and read. */
  static String hex(long seed) {
    return "0x" + Long.toHexString(seed);
  }

  /** FNV-1a of the characters: the same on every machine and in every release of Java. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  private static long mix(long number) {
    long mixed = (number ^ (number >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }

  private static long number(String property, String value) {
    try {
      return value.startsWith("0x")
          ? Long.parseUnsignedLong(value.substring(2), 16)
          : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          property + " is \"" + value + "\", not a number of 64 bits (decimal, or hex after 0x)",
          e);
    }
  }

  private static int bounded(String property, long value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          property + " is " + value + ", it has to be from 1 to " + max);
    }
    return (int) value;
  }
}
