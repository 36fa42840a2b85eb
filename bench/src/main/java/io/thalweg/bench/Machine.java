package io.thalweg.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What the figures were taken on. */
final class Machine {
  private Machine() {}

  /** Prints processors, kernel, file system, JVM and how busy the machine was before. */
  static void print(Path data) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "machine: %d of the cores of %s, Linux %s, %s; JVM %s %s; load average before %.1f%n",
        Runtime.getRuntime().availableProcessors(),
        processor(),
        System.getProperty("os.version"),
        Files.getFileStore(data).type(),
        Runtime.version().feature(),
        String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private static String processor() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
    for (String line : lines) {
      if (line.startsWith("model name")) {
        return line.substring(line.indexOf(':') + 1).strip();
      }
    }
    return "an unknown processor";
  }
}
