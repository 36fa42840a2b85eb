package io.thalweg.server;

import java.io.PrintWriter;

/** Shows the events of one partition after the other. */
final class EventProgress implements AutoCloseable {
  private final PrintWriter err;
  private String what = "";
  private Progress bar = Progress.NONE;

  EventProgress(PrintWriter err) {
    this.err = err;
  }

  void at(long events, long ofEvents, String doing) {
    if (!doing.equals(what)) {
      bar.close();
      what = doing;
      bar = Progress.ofCount(doing, ofEvents, err);
    }
    bar.at(events, "");
  }

  @Override
  public void close() {
    bar.close();
  }
}
