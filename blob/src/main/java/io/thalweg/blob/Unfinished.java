package io.thalweg.blob;

import io.thalweg.log.LogFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files that are being written: {@code unfinished/SESSION-NUMBER}, and {@code
 * unfinished/SESSION.lock}, which is locked as long as the store that writes them is open. What
 * belongs to nobody any more is deleted when a store opens. Thread-safe.
 */
final class Unfinished implements AutoCloseable {
  private static final Pattern FILE = Pattern.compile("([0-9a-f-]{36})([.]lock|-\\d+)");
  private static final String LOCK = ".lock";

  private final LogFiles files;
  private final DirectoryLocks locks;
  private final Path directory;
  private final String session;
  private final AtomicLong next = new AtomicLong();
  private final Closeable held;

  Unfinished(LogFiles files, DirectoryLocks locks, Path directory, UUID session)
      throws IOException {
    this.files = files;
    this.locks = locks;
    this.directory = directory;
    this.session = session.toString();
    files.createDirectories(directory);
    // Locked before others look, or they would take it for abandoned: they hold the same lock.
    try (Closeable _ = locks.lock(directory.resolve("sessions" + LOCK))) {
      clean();
      Closeable own = locks.tryLock(lockOf(this.session));
      if (own == null) {
        throw new IOException("session " + session + " is in use in " + directory);
      }
      held = own;
    }
  }

  private void clean() throws IOException {
    SortedMap<String, List<String>> owners = new TreeMap<>();
    for (String name : files.list(directory)) {
      Matcher file = FILE.matcher(name);
      if (file.matches()) {
        owners.computeIfAbsent(file.group(1), owner -> new ArrayList<>()).add(name);
      }
    }
    for (Map.Entry<String, List<String>> owner : owners.entrySet()) {
      Closeable lock = locks.tryLock(lockOf(owner.getKey()));
      if (lock == null) {
        continue;
      }
      lock.close();
      for (String name : owner.getValue()) {
        files.deleteIfExists(directory.resolve(name));
      }
      files.deleteIfExists(lockOf(owner.getKey()));
    }
  }

  private Path lockOf(String owner) {
    return directory.resolve(owner + LOCK);
  }

  /** The name of a new file. */
  Path newFile() {
    return directory.resolve(session + "-" + next.incrementAndGet());
  }

  @Override
  public void close() throws IOException {
    held.close();
    files.deleteIfExists(lockOf(session));
  }
}
