package io.thalweg.crashtest;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A member and its score, as answers, entries and events spell them.
 *
 * @param score a whole number: all that is submitted here is 1
 */
record Standing(String member, int score) {
  private static final Pattern IN_JSON =
      Pattern.compile("\"member\" *: *\"([^\"]+)\" *, *\"score\" *: *(\\d+)");

  /** Those in a JSON text, in order. */
  static List<Standing> in(String json) {
    List<Standing> all = new ArrayList<>();
    Matcher each = IN_JSON.matcher(json);
    while (each.find()) {
      all.add(new Standing(each.group(1), Integer.parseInt(each.group(2))));
    }
    return all;
  }
}
