package io.thalweg.server;

import io.thalweg.runtime.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the directory of a node that does not run, for commands that look into it. */
final class StoppedNode {
  private StoppedNode() {}

  /**
   * Locks an existing data directory.
   *
   * @throws CommandFailed if it is none
   * @throws io.thalweg.runtime.DataDirectoryException if a node runs on it
   */
  static DataDirectory lock(Path data) {
    if (!Files.isDirectory(data.resolve("log"))) {
      throw new CommandFailed(data + " is not the data directory of a node: it has no log in it");
    }
    return DataDirectory.lock(data);
  }
}
