package io.thalweg.kafka;

import io.thalweg.runtime.DataDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * What a node remembers of the topic of keys, in the file {@value #FILE} of its data directory: its
 * identity. A topic that was made again holds no key that was made before, and what was sealed
 * would read as forgotten although nobody has forgotten it.
 */
final class KeyTopicMemory {
  private static final String FILE = "subject-keys.topic";
  private static final String GIVEN_UP = "keys.given-up";

  private KeyTopicMemory() {}

  /**
   * @throws DataDirectoryException if the topic is another one than it was; says how to go on
   */
  static void check(Path data, String topic, UUID topicId) {
    Path file = data.resolve(FILE);
    Path givenUp = data.resolve(GIVEN_UP);
    try {
      boolean known = Files.exists(file);
      if (known && Files.readString(file).strip().equals(topicId.toString())) {
        return;
      }
      if (known && !Files.exists(givenUp)) {
        throw new DataDirectoryException(
            "the topic %s is another one than it was when this node last ran: the keys of what is sealed are lost. Put the topic back; or make an empty file %s, and what was sealed reads as forgotten"
                .formatted(topic, givenUp));
      }
      Path written = data.resolve(FILE + ".new");
      Files.writeString(written, topicId + "\n");
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      if (known) {
        // It is for one loss, not for the next one.
        Files.deleteIfExists(givenUp);
      }
    } catch (IOException e) {
      throw new DataDirectoryException("cannot use " + file + ": " + e, e);
    }
  }
}
