package io.thalweg.crashtest;

import java.util.List;

/** Something that holds whatever happens to a node. */
interface Invariant {
  /** All of them. */
  List<Invariant> ALL =
      List.of(
          new AcknowledgedWritesAreKept(),
          new NoWriteCountsTwice(),
          new HistoryIsLinearizable(),
          new NamesKeepTheirAnswers(),
          new WatchersSeeEachEventOnceInOrder(),
          new LogTimeNeverGoesBack());

  /** What speaks against it; nothing if it holds. */
  List<String> violations(Evidence evidence);
}
