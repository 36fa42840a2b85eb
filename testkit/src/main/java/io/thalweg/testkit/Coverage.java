package io.thalweg.testkit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How many of the runs of a test met each fault and situation. Thread-safe. */
final class Coverage {
  private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
  private final Map<Situation, Integer> situations = new EnumMap<>(Situation.class);

  synchronized void add(Simulation.Result result) {
    result.faults().forEach(fault -> faults.merge(fault, 1, Integer::sum));
    result.situations().forEach(situation -> situations.merge(situation, 1, Integer::sum));
  }

  /**
   * Makes sure that each was met.
   *
   * @throws AssertionError naming those that no run met
   */
  synchronized void require(List<Fault> wantedFaults, List<Situation> wantedSituations) {
    List<String> missing = new ArrayList<>();
    wantedFaults.stream()
        .filter(each -> !faults.containsKey(each))
        .forEach(each -> missing.add(each.name()));
    wantedSituations.stream()
        .filter(each -> !situations.containsKey(each))
        .forEach(each -> missing.add(each.name()));
    if (!missing.isEmpty()) {
      throw new AssertionError(
          "no seed met %s; met were: %s".formatted(String.join(", ", missing), this));
    }
  }

  @Override
  public synchronized String toString() {
    return Stream.concat(faults.entrySet().stream(), situations.entrySet().stream())
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
