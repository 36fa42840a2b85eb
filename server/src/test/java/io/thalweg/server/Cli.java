package io.thalweg.server;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs the command line in this process and keeps what it says. */
public record Cli(int exitCode, String out, String err) {
  public static Cli run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), args);
    return new Cli(exitCode, out.toString(), err.toString());
  }
}
