package io.thalweg.server.load;

/** The source holds something that cannot be loaded; the message names file, line and column. */
final class BadInput extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean inRow;

  /** One row is at fault, or the file breaks off there. */
  BadInput(String message) {
    this(message, true);
  }

  private BadInput(String message, boolean inRow) {
    super(message);
    this.inRow = inRow;
  }

  /** The header is not what the options say. */
  static BadInput inHeader(String message) {
    return new BadInput(message, false);
  }

  /** Whether the load can go on where it stopped, once the row is corrected. */
  boolean isInRow() {
    return inRow;
  }
}
