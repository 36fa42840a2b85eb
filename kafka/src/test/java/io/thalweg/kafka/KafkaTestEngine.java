package io.thalweg.kafka;

import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.NodeStorage;
import io.thalweg.testkit.TestEngine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Has the suites of services run on Kafka wherever this is on the class path: on one broker, with a
 * cluster for each data directory.
 */
public final class KafkaTestEngine implements TestEngine {
  @Override
  public NodeStorage storage(Path data) {
    byte[] path = data.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    KafkaOptions options = SharedBroker.cluster("t" + UUID.nameUUIDFromBytes(path));
    return KafkaStorage.open(data, options, Leadership.ALWAYS);
  }
}
