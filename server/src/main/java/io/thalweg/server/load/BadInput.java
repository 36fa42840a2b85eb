package io.thalweg.server.load;

/** The source holds something that cannot be loaded; the message names file, line and column. */
final class BadInput extends Exception {
  private static final long serialVersionUID = 1L;

  BadInput(String message) {
    super(message);
  }
}
