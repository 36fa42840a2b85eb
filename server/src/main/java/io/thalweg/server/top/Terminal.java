package io.thalweg.server.top;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The terminal that this program was started from. */
final class Terminal {
  /** What is taken for its height where nobody says. */
  static final int USUAL_HEIGHT = 24;

  private Terminal() {}

  /** How many lines it shows at once, as {@code stty} has it; changes when a window does. */
  static int height() throws InterruptedException {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      stty.waitFor();
      return parse(said);
    } catch (IOException e) {
      return USUAL_HEIGHT; // there is no stty
    }
  }

  /** Of "ROWS COLUMNS". */
  static int parse(String size) {
    try {
      int rows = Integer.parseInt(size.strip().split(" ", 2)[0]);
      return rows > 0 ? rows : USUAL_HEIGHT;
    } catch (NumberFormatException e) {
      return USUAL_HEIGHT; // there is no terminal
    }
  }
}
