package io.thalweg.crashtest;

import java.util.List;

/** An event is not of an earlier time than the one before it in its partition. */
final class LogTimeNeverGoesBack implements Invariant {
  @Override
  public List<String> violations(Evidence evidence) {
    return evidence.watchers().stream().flatMap(w -> w.timeSteps().stream()).toList();
  }
}
