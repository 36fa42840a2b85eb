package io.thalweg.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The locks by which several processes share a directory of blobs. The operating system lets go of
 * them when their process ends, however it does.
 */
interface DirectoryLocks {
  /** For files that are not shared: every lock is free. */
  DirectoryLocks NONE =
      new DirectoryLocks() {
        @Override
        public Closeable lock(Path file) {
          return () -> {};
        }

        @Override
        public Closeable tryLock(Path file) {
          return () -> {};
        }
      };

  /** Waits for a lock on a file, which is made if it is not there. Held for a few writes only. */
  Closeable lock(Path file) throws IOException;

  /** Takes a lock, or answers null if somebody has it. */
  @Nullable Closeable tryLock(Path file) throws IOException;

  /** Of the file system. */
  final class OfDisk implements DirectoryLocks {
    /** Locks of the operating system are those of a process; its threads need their own. */
    private static final Map<Path, ReentrantLock> IN_PROCESS = new HashMap<>();

    @Override
    public Closeable lock(Path file) throws IOException {
      ReentrantLock threads;
      synchronized (IN_PROCESS) {
        threads =
            IN_PROCESS.computeIfAbsent(
                file.toAbsolutePath().normalize(), path -> new ReentrantLock());
      }
      threads.lock();
      FileChannel channel = null;
      try {
        channel = open(file);
        channel.lock();
        FileChannel held = channel;
        return () -> {
          try {
            held.close();
          } finally {
            threads.unlock();
          }
        };
      } catch (IOException | RuntimeException e) {
        try {
          if (channel != null) {
            channel.close();
          }
        } finally {
          threads.unlock();
        }
        throw e;
      }
    }

    @Override
    public @Nullable Closeable tryLock(Path file) throws IOException {
      FileChannel channel = open(file);
      boolean held = false;
      try {
        FileLock lock = channel.tryLock();
        held = lock != null;
        return held ? channel : null;
      } catch (OverlappingFileLockException e) {
        // Another store of this process.
        return null;
      } finally {
        if (!held) {
          channel.close();
        }
      }
    }

    private static FileChannel open(Path file) throws IOException {
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
  }
}
