package io.thalweg.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A position "lineage-partition-next", as far as a client looks into it: to drop what it has seen.
 */
record Place(int partition, long next) {
  private static final Pattern TOKEN = Pattern.compile("\\d{1,9}-(\\d{1,5})-(\\d{1,18})");

  /** Reads a position; one of another form is before everything. */
  static Place of(String position) {
    Matcher m = TOKEN.matcher(position);
    return m.matches()
        ? new Place(Integer.parseInt(m.group(1)), Long.parseLong(m.group(2)))
        : new Place(-1, -1);
  }

  /** Whether an event at this place was seen by a watcher that has seen that one. */
  boolean isSeenAt(Place last) {
    return partition == last.partition && next <= last.next;
  }
}
