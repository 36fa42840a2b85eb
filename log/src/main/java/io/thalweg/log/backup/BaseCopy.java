package io.thalweg.log.backup;

import io.thalweg.log.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies a node's {@link BackupBase} into a backup directory. Its file is written last: what an
 * interrupted copy left is copied anew.
 */
final class BaseCopy {
  private static final int ATTEMPTS = 3;

  private final BackupDirectory directory;
  private final BackupSource source;
  private final BaseCheck check;
  private long copiedBytes;

  BaseCopy(BackupDirectory directory, BackupSource source, BaseCheck check) {
    this.directory = directory;
    this.source = source;
    this.check = check;
  }

  long copiedBytes() {
    return copiedBytes;
  }

  BackupBase run() throws IOException {
    for (int attempt = 1; ; attempt++) {
      BackupBase there = source.base();
      try {
        return copy(there);
      } catch (BackupException e) {
        // The checkpoint may have been replaced by a newer one meanwhile.
        if (attempt == ATTEMPTS || source.base().files().equals(there.files())) {
          throw e;
        }
      }
    }
  }

  private BackupBase copy(BackupBase there) throws IOException {
    List<BackupBase.Item> files = new ArrayList<>();
    for (BackupBase.Item item : there.files()) {
      files.add(new BackupBase.Item(item.name(), item.bytes(), copy(item)));
    }
    BackupBase here = new BackupBase(there.beginning(), there.earliestUs(), files);
    check.check(directory.basePath(), here);
    directory.writeBase(here);
    return here;
  }

  private String copy(BackupBase.Item item) throws IOException {
    MessageDigest digest = Sha256.digest();
    byte[] buffer = new byte[Math.clamp(item.bytes(), 1, BackupRun.READ_BYTES)];
    Path file = directory.baseFile(item.name());
    try (LogFiles.LogFile out = directory.createInFolders(file)) {
      for (long at = 0; at < item.bytes(); ) {
        ByteBuffer part =
            ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, item.bytes() - at));
        int read = source.readBase(item.name(), at, part);
        if (read <= 0) {
          throw new IOException("the node gave no bytes of " + item.name() + " at " + at);
        }
        out.write(ByteBuffer.wrap(buffer, 0, read), at);
        digest.update(buffer, 0, read);
        at += read;
        copiedBytes += read;
      }
      out.force();
    }
    directory.forceFolders(file);
    return Sha256.hex(digest.digest());
  }
}
