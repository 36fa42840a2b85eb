package io.thalweg.testkit;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Finds a short plan that still fails, by delta debugging: ddmin of Zeller and Hildebrandt
 * ("Simplifying and isolating failure-inducing input", 2002).
 *
 * <p>Parts of the plan are left out, first large ones, then single elements, as long as the rest
 * still fails. Elements keep their order. Deterministic: the same plan and the same answers give
 * the same result. A plan of n elements takes at most about n squared tries, and far fewer if few
 * elements matter.
 */
public final class Shrinker {
  private Shrinker() {}

  /**
   * A plan that fails.
   *
   * @param plan elements of the whole plan, in their order
   * @param tries how often the predicate was asked
   * @param minimal whether it is known that no single element can be left out; false if the tries
   *     were used up before
   */
  public record Shrunk<T>(List<T> plan, int tries, boolean minimal) {
    public Shrunk {
      plan = List.copyOf(plan);
    }
  }

  /**
   * Shrinks a plan.
   *
   * @param plan a plan that fails
   * @param maxTries how often the predicate may be asked, at least 1; the first try is the whole
   *     plan
   * @param stillFails whether a run of these elements fails by the same invariant; it is not asked
   *     twice about the same elements, and what it throws ends the search
   * @throws IllegalArgumentException if {@code maxTries} is below 1, or the whole plan does not
   *     fail: then its failure does not follow from the plan
   */
  public static <T> Shrunk<T> shrink(
      List<T> plan, int maxTries, Predicate<? super List<T>> stillFails) {
    if (maxTries < 1) {
      throw new IllegalArgumentException("maxTries is " + maxTries + ", it is at least 1");
    }
    Search<T> search = new Search<>(List.copyOf(plan), maxTries, stillFails);
    BitSet all = new BitSet();
    all.set(0, plan.size());
    if (!search.fails(all)) {
      throw new IllegalArgumentException(
          "the whole plan of " + plan.size() + " elements does not fail: runs are not repeatable");
    }
    return search.ddmin(all);
  }

  private static final class Search<T> {
    private final List<T> plan;
    private final int maxTries;
    private final Predicate<? super List<T>> stillFails;
    private final Set<BitSet> passed = new HashSet<>();
    private int tries;
    private boolean outOfTries;

    Search(List<T> plan, int maxTries, Predicate<? super List<T>> stillFails) {
      this.plan = plan;
      this.maxTries = maxTries;
      this.stillFails = stillFails;
    }

    Shrunk<T> ddmin(BitSet all) {
      BitSet failing = all;
      // Often the plan does not matter at all, and large parts are the cheapest to leave out.
      if (!all.isEmpty() && fails(new BitSet())) {
        failing = new BitSet();
      }
      int parts = 2;
      while (!failing.isEmpty() && !outOfTries) {
        int size = failing.cardinality();
        parts = Math.min(parts, size);
        BitSet smaller = withoutOnePart(failing, size, parts);
        if (smaller.cardinality() < size) {
          failing = smaller;
          parts = Math.max(2, parts - 1);
        } else if (parts == size) {
          break; // Every single element was left out once, and is needed.
        } else {
          parts *= 2;
        }
      }
      return new Shrunk<>(elements(failing), tries, !outOfTries);
    }

    /** The same set if every part is needed. */
    private BitSet withoutOnePart(BitSet failing, int size, int parts) {
      int[] indexes = failing.stream().toArray();
      // From the end: what comes after the failure never matters.
      for (int part = parts - 1; part >= 0 && !outOfTries; part--) {
        BitSet rest = (BitSet) failing.clone();
        int from = (int) ((long) size * part / parts);
        int to = (int) ((long) size * (part + 1) / parts);
        for (int i = from; i < to; i++) {
          rest.clear(indexes[i]);
        }
        if (fails(rest)) {
          return rest;
        }
      }
      return failing;
    }

    boolean fails(BitSet kept) {
      if (passed.contains(kept)) {
        return false;
      }
      if (tries == maxTries) {
        outOfTries = true;
        return false;
      }
      tries++;
      boolean fails = stillFails.test(elements(kept));
      if (!fails) {
        passed.add(kept);
      }
      return fails;
    }

    private List<T> elements(BitSet kept) {
      List<T> elements = new ArrayList<>(kept.cardinality());
      kept.stream().forEach(i -> elements.add(plan.get(i)));
      return elements;
    }
  }
}
