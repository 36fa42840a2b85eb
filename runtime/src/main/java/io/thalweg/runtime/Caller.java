package io.thalweg.runtime;

/**
 * Who asks.
 *
 * @param project number of the project; 0 is "default"
 * @param principal name of the authenticated caller; empty if anonymous; at most 255 bytes of UTF-8
 */
public record Caller(int project, String principal) {
  /** Nobody in particular, in the default project. */
  public static final Caller ANONYMOUS = new Caller(0, "");
}
