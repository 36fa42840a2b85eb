package io.thalweg.edge;

/** What a client proves itself with. */
public sealed interface Credentials {
  /** Nothing. */
  record None() implements Credentials {}

  /**
   * An API key or a bearer token, as it was sent.
   *
   * @param text secret: it must not reach a log
   */
  record Token(String text) implements Credentials {
    @Override
    public String toString() {
      return "Token[...]";
    }
  }
}
