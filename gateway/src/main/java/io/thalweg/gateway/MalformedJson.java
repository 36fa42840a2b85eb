package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.thalweg.runtime.Failure;
import java.util.List;

/**
 * What a client is told about a body that is not JSON: the place and the problem. What the parser
 * says beside that, its own settings and its name for the source, is left out.
 */
final class MalformedJson {
  private static final int MAX_CHARS = 120;

  /** The parser's message is cut where the first of these begins. */
  private static final List<String> ENDS =
      List.of(
          ": enable",
          " (enable",
          ": maybe a",
          ": was expecting (",
          " (JSON String",
          " (start marker",
          " (for ",
          " (or ",
          "[Source",
          "Feature",
          "`");

  private MalformedJson() {}

  /**
   * INVALID_ARGUMENT for the body.
   *
   * @param reached where the parser was, for an error that does not say its place
   */
  static Failure at(JsonProcessingException error, JsonLocation reached) {
    JsonLocation place = error.getLocation() == null ? reached : error.getLocation();
    return Failure.invalid(
        "body", "must be JSON; malformed " + text(place) + ": " + problem(error));
  }

  /** A place as {@code at line 1, column 4}. */
  static String text(JsonLocation place) {
    return "at line " + place.getLineNr() + ", column " + place.getColumnNr();
  }

  private static String problem(JsonProcessingException error) {
    // A bound: "Number value length (400) exceeds the maximum allowed (256, from `...`)".
    String message = error.getOriginalMessage().replaceAll(", from `[^`]*`", "");
    int end = message.length();
    for (String mark : ENDS) {
      int at = message.indexOf(mark);
      end = at < 0 ? end : Math.min(end, at);
    }
    String oneLine = message.substring(0, end).replaceAll("\\p{Cntrl}+", " ").strip();
    return oneLine.length() <= MAX_CHARS ? oneLine : oneLine.substring(0, MAX_CHARS) + "...";
  }
}
