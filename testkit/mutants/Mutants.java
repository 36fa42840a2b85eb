import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Breaks the code in known ways, one at a time, and sees whether the checks notice.
 *
 * <p>A mutant is a file: who it is, the exact text that it replaces, and the checks that have to
 * fail. Only the file that it changes is compiled, into a folder that stands first on the class
 * path. Each check runs in a process of its own, with a time limit.
 */
final class Mutants {
  private static final String CHECK = "io.thalweg.testkit.CheckRun";
  private static final List<String> MODULES =
      List.of("host", "contracts", "log", "state", "runtime", "testkit");
  private static final Set<String> SIMULATIONS =
      Set.of("tally", "narrow", "forgetful", "transfers", "crowd", "restored", "vault");
  private static final long SIMULATION_LIMIT_S = 120;
  private static final long TESTS_LIMIT_S = 120;

  private final Path root;
  private final Path work;
  private final String classPath;
  private final String java;
  private int seeds = 150;
  private boolean simulations = true;
  private boolean tests = true;
  private boolean first;

  /** What one check came to. */
  private record Verdict(boolean killed, String by, String after, String why, long ms) {}

  /**
   * One mutant.
   *
   * @param knownSurvivor why it may survive; empty if it may not
   */
  private record Mutant(
      String name,
      String standsFor,
      Path file,
      List<String> checks,
      String knownSurvivor,
      String before,
      String after) {
    static Mutant read(Path root, Path from) throws IOException {
      String text = Files.readString(from);
      int search = text.indexOf("\n--- before\n");
      int replace = text.indexOf("\n--- after\n");
      if (search < 0 || replace < search) {
        throw new IllegalArgumentException(from + ": no '--- before' and '--- after'");
      }
      Map<String, String> fields = new LinkedHashMap<>();
      for (String line : text.substring(0, search).lines().toList()) {
        int colon = line.indexOf(": ");
        fields.put(line.substring(0, colon), line.substring(colon + 2).strip());
      }
      String module = String.valueOf(from.getParent().getFileName());
      String name = module + "/" + from.getFileName().toString().replace(".mutant", "");
      return new Mutant(
          name,
          fields.getOrDefault("stands for", ""),
          root.resolve(fields.get("file")),
          List.of(fields.get("checks").split(" ")),
          fields.getOrDefault("survives", ""),
          text.substring(search + "\n--- before\n".length(), replace + 1),
          text.substring(replace + "\n--- after\n".length()));
    }

    String mutated() throws IOException {
      String source = Files.readString(file);
      int at = source.indexOf(before);
      if (at < 0 || source.indexOf(before, at + 1) >= 0) {
        throw new IllegalArgumentException(
            "stale: its text stands " + (at < 0 ? "nowhere" : "twice") + " in " + file);
      }
      return source.substring(0, at) + after + source.substring(at + before.length());
    }
  }

  private Mutants(Path root) throws IOException {
    this.root = root;
    // Of this process alone, so that two can run at a time.
    work =
        Files.createDirectories(
            root.resolve("testkit/target/mutants/" + ProcessHandle.current().pid()));
    java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Set<String> path = new LinkedHashSet<>();
    for (String module : MODULES) {
      path.add(root.resolve(module).resolve("target/classes").toString());
      path.add(root.resolve(module).resolve("target/test-classes").toString());
    }
    for (String module : MODULES) {
      Path libraries = root.resolve(module).resolve("target/mutants.classpath");
      if (Files.exists(libraries)) {
        for (String each : Files.readString(libraries).strip().split(":")) {
          if (each.endsWith(".jar") && !each.contains("/thalweg-")) {
            path.add(each);
          }
        }
      }
    }
    classPath = String.join(":", path);
  }

  public static void main(String[] args) throws Exception {
    Path root = Path.of("").toAbsolutePath();
    Mutants mutants = new Mutants(root);
    List<String> wanted = new ArrayList<>();
    boolean baseline = true;
    for (String arg : args) {
      switch (arg) {
        case "--simulations" -> mutants.tests = false;
        case "--tests" -> mutants.simulations = false;
        case "--first" -> mutants.first = true;
        case "--no-baseline" -> baseline = false;
        default -> {
          if (arg.startsWith("--seeds=")) {
            mutants.seeds = Integer.parseInt(arg.substring("--seeds=".length()));
          } else {
            wanted.add(arg);
          }
        }
      }
    }
    System.exit(mutants.run(wanted, baseline) ? 0 : 1);
  }

  private boolean run(List<String> wanted, boolean baseline) throws Exception {
    List<Mutant> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root.resolve("testkit/mutants"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".mutant")).sorted().toList()) {
        Mutant mutant = Mutant.read(root, file);
        if (wanted.isEmpty() || wanted.stream().anyMatch(mutant.name()::contains)) {
          all.add(mutant);
        }
      }
    }
    // In the order that was asked for.
    all.sort(
        Comparator.comparingInt(m ->
            wanted.stream().filter(m.name()::contains).mapToInt(wanted::indexOf).min().orElse(0)));
    if (all.isEmpty()) {
      System.err.println("no mutant has such a name");
      return false;
    }
    Path tool = fresh("tool");
    compile(tool, List.of(root.resolve("testkit/mutants/CheckRun.java")));
    boolean good = true;
    if (baseline) {
      good = baseline(tool, all);
      System.out.flush();
    }
    int killed = 0;
    int known = 0;
    for (Mutant mutant : all) {
      Path overlay = fresh("overlay");
      List<Verdict> verdicts = new ArrayList<>();
      try {
        Path source = overlay.resolve("src").resolve(mutant.file().getFileName());
        Files.createDirectories(source.getParent());
        Files.writeString(source, mutant.mutated());
        compile(overlay, List.of(source));
      } catch (IllegalArgumentException e) {
        System.out.println(mutant.name() + " | ERROR | " + e.getMessage());
        good = false;
        continue;
      }
      for (String kind : List.of("simulation", "tests")) {
        Verdict verdict = check(kind, overlay + ":" + tool, mutant.checks());
        if (verdict != null) {
          verdicts.add(verdict);
        }
        if (first && verdict != null && verdict.killed()) {
          break;
        }
      }
      boolean dead = verdicts.stream().anyMatch(Verdict::killed);
      killed += dead ? 1 : 0;
      if (!dead) {
        known += mutant.knownSurvivor().isEmpty() ? 0 : 1;
        good &= !mutant.knownSurvivor().isEmpty();
      }
      report(mutant, dead, verdicts);
    }
    System.out.printf(
        "%n%d mutants, %d killed, %d survived, of which %d are known to%n",
        all.size(), killed, all.size() - killed, known);
    return good;
  }

  /** Without a mutant every check passes, or its failures say nothing. */
  private boolean baseline(Path tool, List<Mutant> all) throws Exception {
    Set<String> checks = new LinkedHashSet<>();
    all.forEach(mutant -> checks.addAll(mutant.checks()));
    boolean good = true;
    for (String kind : List.of("simulation", "tests")) {
      Verdict verdict = check(kind, tool.toString(), List.copyOf(checks));
      if (verdict != null) {
        good &= !verdict.killed();
        System.out.printf(
            "unchanged | %s | %s | %s | %d s %s%n",
            verdict.killed() ? "FAILED" : "passes",
            verdict.by(),
            verdict.after(),
            verdict.ms() / 1000,
            verdict.why());
      }
    }
    return good;
  }

  private static void report(Mutant mutant, boolean dead, List<Verdict> verdicts) {
    StringBuilder line = new StringBuilder(mutant.name());
    line.append(" | ").append(dead ? "killed" : "SURVIVED");
    for (Verdict each : verdicts) {
      line.append(" | ")
          .append(each.killed() ? each.by() : "not by " + each.by())
          .append(", ")
          .append(each.after())
          .append(", ")
          .append(each.ms() / 1000)
          .append(" s");
    }
    verdicts.stream().filter(Verdict::killed).forEach(v -> line.append(" | ").append(cut(v.why())));
    if (!dead) {
      line.append(" | ").append(mutant.knownSurvivor());
    }
    System.out.println(line);
    System.out.flush();
  }

  private static String cut(String text) {
    return text.length() <= 140 ? text : text.substring(0, 140) + "...";
  }

  /** Runs the checks of one kind until one fails; null if there are none. */
  private Verdict check(String kind, String before, List<String> checks) throws Exception {
    long start = System.nanoTime();
    boolean isSimulation = kind.equals("simulation");
    if (isSimulation ? !simulations : !tests) {
      return null;
    }
    List<List<String>> commands = new ArrayList<>();
    List<String> classes = new ArrayList<>();
    for (String check : checks) {
      if (SIMULATIONS.contains(check)) {
        if (isSimulation) {
          commands.add(List.of(check, Integer.toString(seeds)));
        }
      } else if (!isSimulation) {
        classes.add(check.indexOf('.') < 0 ? check : "io.thalweg." + check);
      }
    }
    if (!classes.isEmpty()) {
      classes.addFirst("tests");
      commands.add(classes);
    }
    Verdict last = null;
    String by = "";
    String after = "";
    for (List<String> command : commands) {
      last = run(before, command, isSimulation ? SIMULATION_LIMIT_S : TESTS_LIMIT_S);
      by += (by.isEmpty() ? "" : " and ") + last.by();
      after += (after.isEmpty() ? "" : " and ") + last.after();
      if (last.killed()) {
        by = last.by();
        after = last.after();
        break;
      }
    }
    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    return last == null ? null : new Verdict(last.killed(), by, after, last.why(), ms);
  }

  private Verdict run(String before, List<String> command, long limitS) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                java,
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                before + ":" + classPath,
                CHECK));
    line.addAll(command);
    Path cwd = fresh("cwd");
    Files.createDirectories(cwd.resolve("target")); // jqwik keeps a file there.
    Process process =
        new ProcessBuilder(line)
            .directory(cwd.toFile())
            .redirectError(cwd.resolve("stderr").toFile())
            .start();
    String[] last = {"", ""};
    Thread reader =
        new Thread(() -> {
          try (BufferedReader lines =
              new BufferedReader(
                  new java.io.InputStreamReader(
                      process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String each = lines.readLine(); each != null; each = lines.readLine()) {
              last[each.startsWith("AT ") ? 0 : 1] = each;
            }
          } catch (IOException e) {
            last[1] = "ERROR\t" + e + "\t\t";
          }
        });
    reader.start();
    if (!process.waitFor(limitS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      reader.join();
      return new Verdict(true, last[0].replaceFirst("AT ", ""), "time limit", "it hangs", 0);
    }
    reader.join();
    String[] fields = last[1].split("\t", -1);
    return switch (fields[0]) {
      case "KILLED" -> new Verdict(true, fields[1], fields[2], fields[3], 0);
      case "PASSED" -> new Verdict(false, fields[1], fields[2], "", 0);
      default ->
          throw new IllegalStateException(
              "the check did not run: "
                  + command
                  + " "
                  + last[1]
                  + "\n"
                  + Files.readString(cwd.resolve("stderr")));
    };
  }

  private void compile(Path into, List<Path> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    java.io.ByteArrayOutputStream errors = new java.io.ByteArrayOutputStream();
    List<String> line =
        new ArrayList<>(
            List.of(
                "-nowarn", "-proc:none", "-parameters", "-d", into.toString(), "-cp", classPath));
    sources.forEach(source -> line.add(source.toString()));
    if (compiler.run(null, null, new PrintStream(errors), line.toArray(String[]::new)) != 0) {
      throw new IllegalArgumentException("does not compile: " + errors);
    }
  }

  private Path fresh(String name) throws IOException {
    Path folder = work.resolve(name);
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(folder);
  }
}
