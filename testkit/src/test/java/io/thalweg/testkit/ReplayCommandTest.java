package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {
  @TempDir Path root;

  private Path classes(String module) throws IOException {
    Path classes = Files.createDirectories(root.resolve(module).resolve("target/test-classes"));
    Files.writeString(root.resolve(module).resolve("pom.xml"), "<project/>");
    return classes;
  }

  private void parent(String folder, String module) throws IOException {
    Files.writeString(
        root.resolve(folder).resolve("pom.xml"),
        "<modules><module>" + module + "</module></modules>");
  }

  @Test
  void aModuleIsFoundBelowFoldersWithoutAPom() throws IOException {
    Path classes = classes("services/boards");
    parent("", "services/boards");
    assertThat(ReplayCommand.module(classes)).contains("services/boards");
  }

  @Test
  void aModuleOfAModuleIsNamedFromTheTop() throws IOException {
    Path classes = classes("services/boards");
    parent("services", "boards");
    parent("", "services");
    assertThat(ReplayCommand.module(classes)).contains("services/boards");
  }

  @Test
  void aBuildOfItsOwnHasNoModule() throws IOException {
    Path classes = classes("boards");
    parent("", "others");
    assertThat(ReplayCommand.module(classes)).isEmpty();
  }
}
