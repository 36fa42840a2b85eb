package io.thalweg.crashtest;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * The {@code thalweg} command line as a program to run: its class path and an AOT cache, without
 * which a start takes twice as long. The cache knows jars only, so folders of classes are packed.
 */
final class NodeProgram {
  private static final long REHEARSAL_LIMIT_S = 120;
  private static final Pattern TEST_ONLY =
      Pattern.compile("test-classes|tests[.]jar|junit|assertj|jqwik|opentest4j|apiguardian");
  private static final List<String> FLAGS =
      List.of(
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static @Nullable NodeProgram prepared;

  private final List<String> base;

  private NodeProgram(List<String> base) {
    this.base = base;
  }

  /** The program, made ready once in this JVM. */
  static synchronized NodeProgram prepared() throws IOException, InterruptedException {
    NodeProgram present = prepared;
    if (present == null) {
      present = prepare(Folder.fresh(Path.of("target", "crash-program").toAbsolutePath()));
      prepared = present;
    }
    return present;
  }

  private static NodeProgram prepare(Path folder) throws IOException, InterruptedException {
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (entry.isEmpty() || TEST_ONLY.matcher(entry).find() || !Files.exists(path)) {
        continue;
      }
      entries.add(Files.isDirectory(path) ? pack(path, folder, entries.size()) : entry);
    }
    List<String> base = new ArrayList<>();
    base.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    base.addAll(FLAGS);
    Path cache = folder.resolve("thalweg.aot");
    List<String> rehearsal = new ArrayList<>(base);
    rehearsal.add("-XX:AOTCacheOutput=" + cache);
    List<String> program =
        List.of("-cp", String.join(File.pathSeparator, entries), "io.thalweg.server.Main");
    rehearsal.addAll(program);
    rehearsal.add("rehearse");
    Process process =
        new ProcessBuilder(rehearsal)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("rehearsal.txt").toFile())
            .start();
    if (!process.waitFor(REHEARSAL_LIMIT_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    if (Files.exists(cache)) {
      base.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off"));
    }
    base.addAll(program);
    return new NodeProgram(base);
  }

  private static String pack(Path classes, Path folder, int number) throws IOException {
    Path jar = folder.resolve("classes-" + number + ".jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream packed = new JarOutputStream(out);
        Stream<Path> all = Files.walk(classes)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        packed.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, packed);
        packed.closeEntry();
      }
    }
    return jar.toString();
  }

  /** The words of a command line. */
  List<String> command(List<String> jvmOptions, List<String> arguments) {
    List<String> command = new ArrayList<>(base);
    command.addAll(1, jvmOptions);
    command.addAll(arguments);
    return command;
  }
}
