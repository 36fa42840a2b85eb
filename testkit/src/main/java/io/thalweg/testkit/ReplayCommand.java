package io.thalweg.testkit;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;
import java.util.regex.Pattern;

/** The one command that runs one seed of one test again. */
final class ReplayCommand {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.,:/@%+=#-]*");

  private final Optional<String> module;
  private final String test;

  private ReplayCommand(Optional<String> module, String test) {
    this.module = module;
    this.test = test;
  }

  /** For a test whose module is found from where its class was loaded. */
  static ReplayCommand of(Class<?> testClass, String method) {
    String name = testClass.getName().substring(testClass.getPackageName().length());
    return new ReplayCommand(
        location(testClass).flatMap(ReplayCommand::module),
        (name.startsWith(".") ? name.substring(1) : name) + "#" + method);
  }

  String line(long seed, Optional<String> plan) {
    StringBuilder line = new StringBuilder("mvn");
    module.ifPresent(path -> line.append(" -pl ").append(quoted(path)).append(" -am"));
    line.append(" test ").append(quoted("-Dtest=" + test));
    line.append(" -D").append(SeedChoice.SEED).append('=').append(SeedChoice.hex(seed));
    plan.ifPresent(text -> line.append(' ').append(quoted("-D" + SeedChoice.PLAN + "=" + text)));
    // With -am, modules below have no such test.
    module.ifPresent(path -> line.append(" -Dsurefire.failIfNoSpecifiedTests=false"));
    return line.toString();
  }

  private static Optional<Path> location(Class<?> testClass) {
    CodeSource source = testClass.getProtectionDomain().getCodeSource();
    if (source == null || source.getLocation() == null) {
      return Optional.empty();
    }
    try {
      return "file".equals(source.getLocation().getProtocol())
          ? Optional.of(Path.of(source.getLocation().toURI()))
          : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /**
   * The path of the module that holds a folder of classes, from the root of its build. Empty if it
   * is not a module of a larger build.
   */
  static Optional<String> module(Path classes) {
    Path module = classes;
    while (!Files.isRegularFile(module.resolve("pom.xml"))) {
      Path parent = module.getParent();
      if (parent == null) {
        return Optional.empty();
      }
      module = parent;
    }
    Path root = module;
    for (Path at = module.getParent(); at != null; at = at.getParent()) {
      if (names(at.resolve("pom.xml"), slashed(at.relativize(root)))) {
        root = at;
      }
    }
    return root.equals(module) ? Optional.empty() : Optional.of(slashed(root.relativize(module)));
  }

  private static boolean names(Path pom, String module) {
    try {
      return Files.isRegularFile(pom)
          && Files.readString(pom).contains("<module>" + module + "</module>");
    } catch (IOException e) {
      return false;
    }
  }

  private static String slashed(Path relative) {
    return relative.toString().replace('\\', '/');
  }

  /** For a shell. */
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
