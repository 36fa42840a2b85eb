package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Checks the files of a base once they were copied, or before they are used: whoever made them
 * knows what they must be.
 */
@FunctionalInterface
public interface BaseCheck {
  /** Believes the SHA-256 of the files. */
  BaseCheck NONE = (folder, base) -> {};

  /**
   * Reads them.
   *
   * @param folder where the files are, each under its name
   * @throws BackupException if something is wrong; names the file
   */
  void check(Path folder, BackupBase base) throws IOException;
}
