package io.thalweg.crashtest;

import java.io.IOException;

/** A node ended before it took requests; the message is what it said. */
final class StartFailed extends IOException {
  private static final long serialVersionUID = 1L;

  StartFailed(String message) {
    super(message);
  }
}
