package io.thalweg.rules.sources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The files of the project. */
final class SourceTree {
  private static final Set<String> NOT_SOURCES = Set.of("target", ".git", "data", "node_modules");

  private SourceTree() {}

  /** The folder that holds all modules. */
  static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(at.resolve("ARCHITECTURE.md"))) {
      Path parent = at.getParent();
      if (parent == null) {
        throw new IllegalStateException("no ARCHITECTURE.md above " + Path.of("").toAbsolutePath());
      }
      at = parent;
    }
    return at;
  }

  /** Every file whose name ends so, built ones left out. */
  static List<Path> files(String... endings) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          root(),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              Path name = dir.getFileName();
              return name != null && NOT_SOURCES.contains(name.toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              for (String ending : endings) {
                if (file.toString().endsWith(ending)) {
                  files.add(file);
                }
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.sort(null);
    return files;
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
