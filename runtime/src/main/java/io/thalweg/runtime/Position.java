package io.thalweg.runtime;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a partition's history, as a token for clients: "lineage-partition-offset". The event
 * with this offset has been seen. Offset -1 is the place before the first event.
 *
 * @param lineage ordinal of the lineage in which the offset was met
 * @param partition index of the partition
 * @param offset of the last event that was seen; -1 if none
 */
public record Position(int lineage, int partition, long offset) {
  private static final Pattern TOKEN = Pattern.compile("(\\d{1,9})-(\\d{1,5})-(\\d{1,18})");

  /**
   * Reads a token; {@code field} is named in the error.
   *
   * @throws Failure INVALID_ARGUMENT if it is none
   */
  public static Position parse(String token, String field) {
    Matcher m = TOKEN.matcher(token);
    if (!m.matches()) {
      throw Failure.invalid(
          field,
          "must be a position from an earlier answer, such as 1-0-42; got '"
              + Failure.quote(token)
              + "'");
    }
    return new Position(
        Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), Long.parseLong(m.group(3)) - 1);
  }

  /** The token: the offset is written plus one, so that "nothing seen" is 0. */
  @Override
  public String toString() {
    return lineage + "-" + partition + "-" + (offset + 1);
  }
}
