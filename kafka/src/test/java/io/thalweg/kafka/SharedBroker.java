package io.thalweg.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One real broker for all tests of a process: made when it is needed first, and gone with its files
 * when the process ends. Tests have clusters of their own on it. Whoever stops a broker, or stands
 * between it and a node, starts a {@link TestBroker}.
 */
public final class SharedBroker {
  private SharedBroker() {}

  private static final class Holder {
    static final Path DIRECTORY = directory();
    static final TestBroker BROKER = start();

    private static Path directory() {
      try {
        return Files.createTempDirectory("thalweg-broker");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static TestBroker start() {
      try {
        TestBroker broker = TestBroker.start(DIRECTORY);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(broker), "stop-broker"));
        return broker;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void end(TestBroker broker) {
      broker.close();
      try (Stream<Path> files = Files.walk(DIRECTORY)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A cluster of a test, for development. Those of other classes have other names. */
  public static KafkaOptions cluster(Class<?> test, String name) {
    return cluster(name + "-" + test.getSimpleName().toLowerCase(Locale.ROOT));
  }

  /** The cluster of a name, for development. */
  static KafkaOptions cluster(String name) {
    return KafkaOptions.of(Holder.BROKER.bootstrap(), name).forDevelopment();
  }

  /** {@code host:port} of it. */
  public static String bootstrap() {
    return Holder.BROKER.bootstrap();
  }

  /** Where its files are. */
  static Path directory() {
    return Holder.DIRECTORY;
  }
}
