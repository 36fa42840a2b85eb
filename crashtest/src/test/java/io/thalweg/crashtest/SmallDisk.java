package io.thalweg.crashtest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file system of a few MiB in memory, that is really full when it is full. Mounting one needs the
 * rights of root.
 */
final class SmallDisk implements AutoCloseable {
  private final Path at;

  private SmallDisk(Path at) {
    this.at = at;
  }

  /** Mounts one; null if this process may not. */
  static @Nullable SmallDisk mount(Path at, int sizeMib) throws IOException, InterruptedException {
    Files.createDirectories(at);
    Process mount;
    try {
      mount =
          new ProcessBuilder(
                  "mount", "-t", "tmpfs", "-o", "size=" + sizeMib + "m", "tmpfs", at.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return null; // there is no mount here
    }
    return mount.waitFor() == 0 ? new SmallDisk(at) : null;
  }

  Path path() {
    return at;
  }

  /** Takes all the room that there is now. */
  void fill() throws IOException {
    for (int bytes = 64 << 10; bytes > 0; bytes /= 2) {
      byte[] zeros = new byte[bytes];
      try (OutputStream out =
          Files.newOutputStream(
              at.resolve("filler"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        while (true) {
          out.write(zeros);
        }
      } catch (IOException e) {
        if (!String.valueOf(e.getMessage()).contains("No space left on device")) {
          throw e;
        }
      }
    }
  }

  /** Gives the room back. */
  void free() throws IOException {
    Files.deleteIfExists(at.resolve("filler"));
  }

  @Override
  public void close() throws IOException {
    try {
      // Lazily: a process that was just killed may still be on its way out.
      new ProcessBuilder("umount", "-l", at.toString()).inheritIO().start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
