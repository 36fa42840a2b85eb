package io.thalweg.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's library, which is unpacked to a file for that. The file is deleted as soon as it
 * is loaded: RocksDB leaves that to the end of the JVM, and one that is killed would leave 17 MB in
 * the temporary folder at each start.
 */
final class NativeLibrary {
  private NativeLibrary() {}

  /**
   * Loads it, once in a JVM. {@code ROCKSDB_SHAREDLIB_DIR} names a folder in which it is kept.
   *
   * @throws UncheckedIOException if there is no room for the file, or it may not be written
   */
  static void load() {
    if (System.getenv("ROCKSDB_SHAREDLIB_DIR") == null) {
      try {
        loadFromTemporaryFolder();
      } catch (IOException e) {
        throw new UncheckedIOException(
            "cannot unpack the library of RocksDB to %s: %s"
                .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
            e);
      }
    }
    RocksDB.loadLibrary();
  }

  private static void loadFromTemporaryFolder() throws IOException {
    Path folder = Files.createTempDirectory("thalweg-rocksdb");
    try {
      NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
    } finally {
      // Where a loaded file cannot be deleted it stays, as it would have without this.
      String[] unpacked = folder.toFile().list();
      if (unpacked != null) {
        for (String file : unpacked) {
          boolean _ = folder.resolve(file).toFile().delete();
        }
      }
      boolean _ = folder.toFile().delete();
    }
  }
}
