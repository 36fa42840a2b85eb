package io.thalweg.crashtest;

import java.util.List;

/** A write that is sent again under its name gets the scores that it got the first time. */
final class NamesKeepTheirAnswers implements Invariant {
  @Override
  public List<String> violations(Evidence evidence) {
    return evidence.askedAgain().stream()
        .filter(asked ->
            asked.again().status() != 200
                || !Standing.in(asked.again().body()).equals(asked.first()))
        .map(asked -> asked.write() + " was answered " + asked.first() + ", then " + asked.again())
        .toList();
  }
}
