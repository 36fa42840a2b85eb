package io.thalweg.contract.check;

/**
 * One thing that is wrong with a contract.
 *
 * @param rule which rule found it
 * @param file the {@code .proto} file, as it is imported
 * @param path full name of the message, field, value, method or service
 * @param what what was found there
 * @param breaks whom it breaks, and how; empty for what breaks nobody by itself
 * @param release the recorded release that it was compared with; 0 if with none
 */
public record Finding(
    Rule rule, String file, String path, String what, String breaks, int release) {

  /** What it does to the build. */
  public Severity severity() {
    return rule.severity();
  }

  /** In a few lines, for a person. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(severity()).append(' ').append(rule).append(' ').append(path);
    text.append("\n    in:      ").append(file);
    text.append("\n    what:    ").append(what);
    if (release > 0) {
      text.append(" (since release ").append(release).append(')');
    }
    if (!breaks.isEmpty()) {
      text.append("\n    breaks:  ").append(breaks);
    }
    return text.append("\n    instead: ").append(rule.instead()).toString();
  }
}
