package io.thalweg.contract.check;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * What is recorded of the releases of one contract, in {@code src/test/resources/released/<name>}
 * of its module: {@code <level>.binpb}, the contract, and {@code <level>/}, a log that the release
 * wrote and what it replays to. Used by tests, which Maven runs in the module's directory.
 */
public final class Releases {
  private static final String CONTRACT = ".binpb";
  private static final String PROPERTY = "contract";

  private final Path directory;

  private Releases(Path directory) {
    this.directory = directory;
  }

  /**
   * The releases of a contract of the module in whose directory the program runs.
   *
   * @param name of the service, as in the log
   * @throws IllegalStateException if the program does not run in the directory of a module
   */
  public static Releases of(String name) {
    if (!Files.isDirectory(Path.of("src", "test"))) {
      throw new IllegalStateException(
          "there is no src/test in "
              + Path.of("").toAbsolutePath()
              + "; set the module's directory as the working directory");
    }
    return in(Path.of("src", "test", "resources", "released", name));
  }

  static Releases in(Path directory) {
    return new Releases(directory);
  }

  /** Whether tests are to record the present release: {@code -Dcontract=record}. */
  public static boolean isRecording() {
    return "record".equals(System.getProperty(PROPERTY));
  }

  /** The levels whose contract is recorded, in order. */
  public List<Integer> levels() {
    List<Integer> levels = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + CONTRACT)) {
        files.forEach(file -> levels.add(levelOf(file)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    levels.sort(null);
    return levels;
  }

  private static int levelOf(Path file) {
    String name = file.getFileName().toString();
    try {
      return Integer.parseInt(name.substring(0, name.length() - CONTRACT.length()));
    } catch (NumberFormatException e) {
      throw new IllegalStateException(file + ": the name must be <level>" + CONTRACT, e);
    }
  }

  /** Where the contract of a level is recorded. */
  public Path contractOf(int level) {
    return directory.resolve(level + CONTRACT);
  }

  /** The folder of what a level wrote: its golden log, and what that replays to. */
  public Path goldenOf(int level) {
    return directory.resolve(Integer.toString(level));
  }

  /** The levels whose contract is recorded, but not a file of this name that they wrote. */
  public List<Integer> levelsWithout(String goldenFile) {
    return levels().stream()
        .filter(level -> !Files.isRegularFile(goldenOf(level).resolve(goldenFile)))
        .toList();
  }

  /**
   * The recorded contracts, by level; then those that were recorded of the same services under
   * another name, which must not change.
   *
   * @param services full names
   */
  List<Contract> contracts(Set<String> services) {
    List<Contract> contracts = new ArrayList<>();
    levels().forEach(level -> contracts.add(read(level)));
    for (Releases other : others()) {
      for (int level : other.levels()) {
        Contract contract = other.read(level);
        if (!Collections.disjoint(contract.services().keySet(), services)) {
          contracts.add(contract);
        }
      }
    }
    return contracts;
  }

  private List<Releases> others() {
    List<Releases> others = new ArrayList<>();
    Path parent = directory.getParent();
    if (parent != null && Files.isDirectory(parent)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, Files::isDirectory)) {
        for (Path each : all) {
          if (!each.equals(directory)) {
            others.add(in(each));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return others;
  }

  private Contract read(int level) {
    try {
      byte[] bytes = Files.readAllBytes(contractOf(level));
      return Contract.of(DescriptorSets.parse(bytes), level);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(contractOf(level) + " is no FileDescriptorSet", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void record(int level, FileDescriptorSet contract) {
    try {
      Files.createDirectories(directory);
      Files.write(contractOf(level), contract.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
