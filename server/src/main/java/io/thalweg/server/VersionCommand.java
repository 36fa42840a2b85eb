package io.thalweg.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code thalweg version}. */
@Command(name = "version", description = "Shows the version of Thalweg and of Java.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    for (String line : getVersion()) {
      spec.commandLine().getOut().println(line);
    }
    return 0;
  }

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      "thalweg " + thalweg(),
      "java " + Runtime.version() + ", " + System.getProperty("java.vm.vendor"),
      "%s %s".formatted(System.getProperty("os.name"), System.getProperty("os.arch"))
    };
  }

  /** The version that the build wrote. */
  static String thalweg() throws IOException {
    Properties build = new Properties();
    try (InputStream in = VersionCommand.class.getResourceAsStream("build.properties")) {
      build.load(in);
    }
    return build.getProperty("version");
  }
}
