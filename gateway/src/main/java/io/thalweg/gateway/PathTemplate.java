package io.thalweg.gateway;

import java.util.ArrayList;
import java.util.List;

/**
 * A path of {@code google.api.http}: literal segments, variables that span one segment ({@code
 * {board}} or {@code {board=*}}), and perhaps a custom verb at the end ({@code :batch}).
 *
 * @param segments between the slashes
 * @param verb without its colon; empty if there is none
 */
record PathTemplate(List<Segment> segments, String verb) {

  /** A literal, or a variable that names a field of the request by its path. */
  record Segment(boolean variable, String text) {}

  /**
   * @throws IllegalArgumentException if it is no template, or one of a kind that is not served
   */
  static PathTemplate parse(String template) {
    if (!template.startsWith("/")) {
      throw new IllegalArgumentException("path template must begin with '/': " + template);
    }
    int colon = template.lastIndexOf(':');
    boolean hasVerb = colon > template.lastIndexOf('/') && colon > template.lastIndexOf('}');
    String path = hasVerb ? template.substring(1, colon) : template.substring(1);
    List<Segment> segments = new ArrayList<>();
    for (String text : path.split("/", -1)) {
      segments.add(segment(text, template));
    }
    return new PathTemplate(List.copyOf(segments), hasVerb ? template.substring(colon + 1) : "");
  }

  /** The fields that the variables name, in order. */
  List<String> variables() {
    return segments.stream().filter(Segment::variable).map(Segment::text).toList();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Segment segment : segments) {
      text.append('/').append(segment.variable ? "{" + segment.text + "}" : segment.text);
    }
    return verb.isEmpty() ? text.toString() : text.append(':').append(verb).toString();
  }

  private static Segment segment(String text, String template) {
    if (text.startsWith("{") && text.endsWith("}")) {
      String inner = text.substring(1, text.length() - 1);
      String field = inner.endsWith("=*") ? inner.substring(0, inner.length() - 2) : inner;
      if (field.isEmpty() || !field.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
        throw new IllegalArgumentException(
            "a variable must span one segment, as in {board}; got " + text + " in " + template);
      }
      return new Segment(true, field);
    }
    if (text.contains("{") || text.contains("}") || text.contains("*")) {
      throw new IllegalArgumentException(
          "a segment must be a literal or one {variable}; got '" + text + "' in " + template);
    }
    return new Segment(false, text);
  }
}
