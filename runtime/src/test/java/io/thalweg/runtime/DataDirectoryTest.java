package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
  @TempDir Path folder = Path.of("");

  @Test
  void theNumberOfPartitionsIsAsItWasWhenTheServiceWasFirstOpened() {
    try (DataDirectory directory = DataDirectory.lock(folder)) {
      assertThat(directory.partitionsOf("a", 3)).isEqualTo(3);
      assertThat(directory.partitionsOf("b", 5)).isEqualTo(5);
    }
    try (DataDirectory directory = DataDirectory.lock(folder)) {
      assertThat(directory.partitionsOf("a", 7)).isEqualTo(3);
      assertThat(directory.partitionsOf("b")).isEqualTo(5);
    }
  }

  @Test
  void propertiesOfWhichABitIsFlippedAreRefusedByNameOrSayWhatTheySaid() throws IOException {
    Path file = properties();
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] bytes = good.clone();
        bytes[at] ^= (byte) (1 << bit);
        Files.write(file, bytes);
        refusedOrAsItWas(file, "bit " + bit + " of byte " + at);
      }
    }
  }

  @Test
  void propertiesThatAreCutShortAreRefusedByNameOrSayWhatTheySaid() throws IOException {
    Path file = properties();
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length < good.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(good, length));
      refusedOrAsItWas(file, "cut after " + length);
    }
  }

  @Test
  void propertiesThatAreMissingBesideALogAreRefused() throws IOException {
    Path file = properties();
    Files.createDirectories(folder.resolve("log"));
    Files.createFile(folder.resolve("log").resolve("0000000001.segment"));
    Files.delete(file);
    try (DataDirectory directory = DataDirectory.lock(folder)) {
      assertThatThrownBy(() -> directory.partitionsOf("a", 4))
          .isInstanceOf(DataDirectoryException.class)
          .hasMessageContainingAll(file.toString(), "is missing");
    }
  }

  @Test
  void propertiesWithoutACheckAreRead() throws IOException {
    Path file = properties();
    Files.writeString(file, "# Made by Thalweg. Do not edit.\nformat=1\npartitions.a=12\n");
    try (DataDirectory directory = DataDirectory.lock(folder)) {
      assertThat(directory.partitionsOf("a", 4)).isEqualTo(12);
    }
  }

  private Path properties() {
    try (DataDirectory directory = DataDirectory.lock(folder)) {
      assertThat(directory.partitionsOf("a", 12)).isEqualTo(12);
    }
    return folder.resolve("node.properties");
  }

  private void refusedOrAsItWas(Path file, String what) {
    try (DataDirectory directory = DataDirectory.lock(folder)) {
      assertThat(directory.partitionsOf("a", 4)).as(what).isEqualTo(12);
    } catch (DataDirectoryException e) {
      assertThat(e).as(what).hasMessageContaining(file.toString());
    }
  }
}
