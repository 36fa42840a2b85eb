package io.thalweg.kafka;

import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.NodeStorage;
import io.thalweg.testkit.TestEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Has the suites of services run on Kafka wherever this is on the class path: one broker for all
 * tests of the process, and a cluster for each data directory.
 */
public final class KafkaTestEngine implements TestEngine {
  @Override
  public NodeStorage storage(Path data) {
    byte[] path = data.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    String cluster = "t" + UUID.nameUUIDFromBytes(path);
    KafkaOptions options = KafkaOptions.of(Shared.BROKER.bootstrap(), cluster).forDevelopment();
    return KafkaStorage.open(data, options, Leadership.ALWAYS);
  }

  /** Made when it is needed first; ends with the process. */
  private static final class Shared {
    static final TestBroker BROKER = start();

    private static TestBroker start() {
      try {
        TestBroker broker = TestBroker.start(Files.createTempDirectory("thalweg-broker"));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop-broker"));
        return broker;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
