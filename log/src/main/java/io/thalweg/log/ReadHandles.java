package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files that readers have open: shared by all readers and bounded, the least recently used one
 * is closed first. Apart from the file that is written, because an interrupted reader closes its
 * channel.
 *
 * <p>Thread-safe.
 */
final class ReadHandles implements AutoCloseable {
  /** So many stay open; more only while more threads are reading. */
  static final int MAX_OPEN = 64;

  private static final int MAX_TRIES = 8;

  private final LogFiles files;
  private boolean closed;
  private final Map<Path, Handle> open = new LinkedHashMap<>(16, 0.75f, true);

  ReadHandles(LogFiles files) {
    this.files = files;
  }

  /** Reads from a file at an offset; see {@link LogFiles.LogFile#read}. */
  int read(Path file, ByteBuffer into, long atBytes) throws IOException {
    int start = into.position();
    for (int i = 1; ; i++) {
      Handle handle = acquire(file);
      try {
        return handle.file.read(into, atBytes);
      } catch (ClosedByInterruptException e) {
        drop(file, handle);
        throw e;
      } catch (ClosedChannelException e) {
        // Another reader was interrupted in this file: open it again.
        drop(file, handle);
        into.position(start);
        if (i == MAX_TRIES) {
          throw e;
        }
      } finally {
        release(handle);
      }
    }
  }

  private synchronized Handle acquire(Path file) throws IOException {
    if (closed) {
      throw new IOException("the log is closed");
    }
    Handle handle = open.get(file);
    if (handle == null) {
      handle = new Handle(files.openForReading(file));
      open.put(file, handle);
      evict();
    }
    handle.users++;
    return handle;
  }

  private synchronized void release(Handle handle) throws IOException {
    handle.users--;
    if (handle.dropped && handle.users == 0) {
      handle.file.close();
    }
  }

  /**
   * Closes a file that is about to be deleted, so that its blocks are free once nobody reads it.
   */
  synchronized void forget(Path file) throws IOException {
    Handle handle = open.remove(file);
    if (handle != null) {
      handle.dropped = true;
      if (handle.users == 0) {
        handle.file.close();
      }
    }
  }

  private synchronized void drop(Path file, Handle handle) {
    handle.dropped = true;
    open.remove(file, handle);
  }

  private void evict() throws IOException {
    if (open.size() <= MAX_OPEN) {
      return;
    }
    List<Path> idle = new ArrayList<>();
    for (Map.Entry<Path, Handle> entry : open.entrySet()) {
      if (entry.getValue().users == 0 && open.size() - idle.size() > MAX_OPEN) {
        idle.add(entry.getKey());
      }
    }
    for (Path file : idle) {
      Handle handle = open.remove(file);
      if (handle != null) {
        handle.file.close();
      }
    }
  }

  /** Closes what is open; a read that is under way may fail. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    for (Handle handle : open.values()) {
      handle.file.close();
    }
    open.clear();
  }

  private static final class Handle {
    private final LogFiles.LogFile file;
    private int users;
    private boolean dropped;

    private Handle(LogFiles.LogFile file) {
      this.file = file;
    }
  }
}
