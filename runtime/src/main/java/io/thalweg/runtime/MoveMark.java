package io.thalweg.runtime;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file {@value #NAME} in a data directory: what it holds was brought to a cluster, or is being
 * brought there. No node starts on the directory while the file is there, since that would be a
 * second history of the same data.
 *
 * @param id of the move
 * @param cluster name of the cluster
 * @param done whether all of it is there
 */
record MoveMark(UUID id, String cluster, boolean done) {
  static final String NAME = "moved";

  /** Why no node may use a directory; null if one may. */
  static @Nullable String refusal(Path data) {
    MoveMark mark = read(data);
    if (mark == null) {
      return null;
    }
    return mark.done
        ? "the data of %s were moved to the cluster %s; start nodes with --kafka and --cluster, or delete the file %s to go on here with a history of its own"
            .formatted(data, mark.cluster, data.resolve(NAME))
        : "the data of %s are being moved to the cluster %s; run the same 'thalweg move' again, or delete the file %s, and the topics of that cluster, to give it up"
            .formatted(data, mark.cluster, data.resolve(NAME));
  }

  /** The mark of a directory, or null if it has none. */
  static @Nullable MoveMark read(Path data) {
    Path file = data.resolve(NAME);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() != 3) {
        throw new DataDirectoryException(file + " is damaged: it has no three lines");
      }
      return new MoveMark(UUID.fromString(lines.get(0)), lines.get(1), lines.get(2).equals("done"));
    } catch (IOException | IllegalArgumentException e) {
      throw new DataDirectoryException("cannot read " + file + ": " + e, e);
    }
  }

  /** Writes it; durable when it returns. */
  void write(Path data) {
    Path temporary = data.resolve(NAME + ".tmp");
    try {
      Files.writeString(temporary, "%s%n%s%n%s%n".formatted(id, cluster, done ? "done" : "begun"));
      try (FileChannel file = FileChannel.open(temporary, WRITE)) {
        file.force(true);
      }
      Files.move(temporary, data.resolve(NAME), ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(data, READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new DataDirectoryException("cannot write " + data.resolve(NAME) + ": " + e, e);
    }
  }
}
