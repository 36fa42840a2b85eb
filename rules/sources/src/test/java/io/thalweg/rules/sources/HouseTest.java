package io.thalweg.rules.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Sizes, names and words. */
class HouseTest {
  private static final int MAX_LINES = 500;
  private static final Pattern VAGUE_NAME =
      Pattern.compile(".*(Manager|Helper|Util|Utils|Impl)\\.java");

  // Registries and paths of one machine, put together so that this file does not name them.
  private static final Pattern NOT_IN_A_COMMIT =
      Pattern.compile(
          String.join(
              "|",
              "repo1?\\.maven\\.(apache\\.)?" + "org",
              "registry\\.np" + "mjs",
              "deb\\.debian\\." + "org",
              "(^|[^A-Za-z0-9_.-])/(work|farm|root)" + "/"));

  @Test
  void javaFilesAreReadInOneSitting() {
    List<String> longOnes = new ArrayList<>();
    for (Path file : SourceTree.files(".java")) {
      long lines = SourceTree.read(file).lines().count();
      if (lines > MAX_LINES) {
        longOnes.add(SourceTree.root().relativize(file) + ": " + lines);
      }
    }
    assertThat(longOnes).as("files of more than " + MAX_LINES + " lines").isEmpty();
  }

  @Test
  void namesSayWhatAThingIs() {
    assertThat(SourceTree.files(".java"))
        .noneMatch(file -> VAGUE_NAME.matcher(file.toString()).matches());
  }

  @Test
  void everyModuleSaysWhatItIs() {
    for (Path pom : SourceTree.files("pom.xml")) {
      assertThat(Files.isRegularFile(pom.resolveSibling("README.md")))
          .as("%s has a README.md beside it", SourceTree.root().relativize(pom))
          .isTrue();
    }
  }

  @Test
  void nothingNamesARegistryOrAPathOfOneMachine() {
    for (Path file :
        SourceTree.files(
            ".java",
            ".md",
            ".xml",
            ".proto",
            ".sh",
            ".properties",
            ".json",
            ".ts",
            ".mjs",
            ".npmrc",
            "thalweg",
            "run")) {
      assertThat(NOT_IN_A_COMMIT.matcher(SourceTree.read(file)).find())
          .as("%s names a registry or a path of one machine", SourceTree.root().relativize(file))
          .isFalse();
    }
  }

  @Test
  void everyMutantFindsTheLinesThatItChanges() {
    List<Path> mutants = SourceTree.files(".mutant");
    assertThat(mutants).isNotEmpty();
    for (Path mutant : mutants) {
      String text = SourceTree.read(mutant);
      String file =
          text.lines().filter(line -> line.startsWith("file: ")).findFirst().orElseThrow();
      String before =
          text.substring(text.indexOf("--- before\n") + 11, text.indexOf("--- after\n"));
      String source = SourceTree.read(SourceTree.root().resolve(file.substring(6).strip()));
      int at = source.indexOf(before);
      assertThat(at).as("%s is in its file", mutant.getFileName()).isNotNegative();
      assertThat(source.indexOf(before, at + 1))
          .as("%s is in its file once", mutant.getFileName())
          .isNegative();
    }
  }
}
