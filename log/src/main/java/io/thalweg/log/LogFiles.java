package io.thalweg.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The file operations that a segment log stands on. The default is the file system; tests put one
 * in its place that loses power, runs out of space or fails.
 *
 * <p>Thread-safe, and so is each {@link LogFile} as far as calls do not touch the same bytes.
 */
public interface LogFiles {
  /** The file system. */
  static LogFiles disk() {
    return DiskFiles.INSTANCE;
  }

  /** Creates a directory and those above it; it may exist. */
  void createDirectories(Path directory) throws IOException;

  /** The names of the files in a directory, in no particular order. */
  List<String> list(Path directory) throws IOException;

  /** Creates an empty file for reading and writing; one that is there loses its content. */
  LogFile create(Path file) throws IOException;

  /** Opens a file that is there for reading and writing. */
  LogFile openForWriting(Path file) throws IOException;

  /** Opens a file that is there for reading. */
  LogFile openForReading(Path file) throws IOException;

  /** Renames a file within its directory, replacing what has the new name, in one step. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file if it is there. */
  void deleteIfExists(Path file) throws IOException;

  /** Makes the names in a directory durable: files created, renamed and deleted. */
  void forceDirectory(Path directory) throws IOException;

  /** An open file. */
  interface LogFile extends Closeable {
    /**
     * Reads into the buffer from a byte offset of the file.
     *
     * @return the number of bytes read, -1 at or after the end of the file
     */
    int read(ByteBuffer into, long atBytes) throws IOException;

    /** Writes all of the buffer's remaining bytes at a byte offset of the file. */
    void write(ByteBuffer from, long atBytes) throws IOException;

    /**
     * Makes the content durable. After a failure nobody knows which bytes are: the caller must not
     * try again on this file.
     */
    void force() throws IOException;

    /** The length of the file in bytes. */
    long sizeBytes() throws IOException;
  }
}
