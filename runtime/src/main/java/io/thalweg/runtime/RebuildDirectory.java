package io.thalweg.runtime;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the tables of a service are made again.
 *
 * <pre>
 *   rebuild/SERVICE/begun      what it is made from: log, partitions, contract; another one is not
 *                              continued
 *   rebuild/SERVICE/tables/    RocksDB, with cursors of its own
 *   rebuild/SERVICE/switching  there while the stored rows are being replaced: no node starts
 * </pre>
 */
final class RebuildDirectory {
  private static final String FOLDER = "rebuild";
  private static final String SWITCHING = "switching";

  /** RocksDB writes rows several times over before it has merged them. */
  private static final int ROOM_FACTOR = 2;

  private static final long LEAST_ROOM_BYTES = 64L << 20;

  private final Path data;
  private final String service;
  private final Path path;

  RebuildDirectory(Path data, String service) {
    this.data = data;
    this.service = service;
    this.path = data.resolve(FOLDER).resolve(service);
  }

  /** Why a node cannot start on this data directory: a switch that did not end; null if none. */
  static @Nullable String unfinishedSwitchIn(Path data) {
    Path folder = data.resolve(FOLDER);
    if (!Files.isDirectory(folder)) {
      return null;
    }
    try (DirectoryStream<Path> services = Files.newDirectoryStream(folder)) {
      for (Path each : services) {
        RebuildDirectory place = new RebuildDirectory(data, String.valueOf(each.getFileName()));
        if (place.isSwitching()) {
          return place.unfinishedSwitch();
        }
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String unfinishedSwitch() {
    return "%s: the tables of service '%s' were being switched when that was interrupted; finish it with 'thalweg rebuild --data %s --service %s --switch'"
        .formatted(data, service, data, service);
  }

  Path tables() {
    return path.resolve("tables");
  }

  /** How much room a rebuild needs beside tables of this size: an estimate. */
  long neededBytes(Path stored) {
    return Math.max(LEAST_ROOM_BYTES, ROOM_FACTOR * sizeBytes(stored) - sizeBytes(tables()));
  }

  /**
   * Goes on with what is there if it is the same rebuild, or begins anew.
   *
   * @throws DataDirectoryException if there is less room than needed
   */
  void begin(String identity, long neededBytes, LongSupplier freeBytes) {
    long free = freeBytes.getAsLong();
    if (free < neededBytes) {
      throw new DataDirectoryException(
          "a rebuild of service '%s' needs about %d MiB of free disk in %s; there are %d MiB"
              .formatted(service, mib(neededBytes), data, mib(free)));
    }
    Path begun = path.resolve("begun");
    try {
      if (!Files.exists(begun) || !Files.readString(begun).equals(identity)) {
        discard();
        Files.createDirectories(path);
        write(begun, identity);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends a rebuild before it fills the disk for everybody else. */
  void checkFree(LongSupplier freeBytes) {
    if (freeBytes.getAsLong() < LEAST_ROOM_BYTES) {
      throw new DataDirectoryException(
          "less than %d MiB of disk are free in %s; make room and run it again, it goes on where it stopped; or take its room back with --discard"
              .formatted(mib(LEAST_ROOM_BYTES), data));
    }
  }

  private static long mib(long bytes) {
    return bytes >> 20;
  }

  boolean isSwitching() {
    return Files.exists(path.resolve(SWITCHING));
  }

  /** From here on no node starts until {@link #endSwitch}. Durable on return. */
  void beginSwitch() {
    try {
      write(path.resolve(SWITCHING), "The tables of this service are being replaced.\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void endSwitch() {
    try {
      Files.deleteIfExists(path.resolve(SWITCHING));
      force(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes all of it. */
  void discard() {
    DirectoryStorage.deleteTree(path);
  }

  private void write(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(temporary, text);
    try (FileChannel channel = FileChannel.open(temporary, WRITE)) {
      channel.force(true);
    }
    Files.move(temporary, file, ATOMIC_MOVE);
    force(path);
    force(path.resolveSibling("."));
    force(data);
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }

  private static long sizeBytes(Path folder) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
