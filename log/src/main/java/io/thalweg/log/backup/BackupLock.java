package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps two backups out of one directory. Ends with the process that holds it. */
final class BackupLock implements AutoCloseable {
  private final FileChannel file;

  private BackupLock(FileChannel file) {
    this.file = file;
  }

  static BackupLock take(Path directory) throws IOException {
    Files.createDirectories(directory);
    FileChannel file =
        FileChannel.open(
            directory.resolve(BackupDirectory.LOCK),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    if (tryLock(file) == null) {
      file.close();
      throw new BackupException(
          "another backup is writing to " + directory + "; wait for it or stop it");
    }
    return new BackupLock(file);
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
