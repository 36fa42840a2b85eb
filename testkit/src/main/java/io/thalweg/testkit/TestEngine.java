package io.thalweg.testkit;

import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeStorage;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * What the nodes in tests of services stand on: a data directory, unless the class path offers
 * something else by {@link ServiceLoader}. So one suite runs on every engine, without a word about
 * engines in a test:
 *
 * <pre>{@code
 * try (Node node = TestEngine.open(data, Leaderboard.TYPE)) { ... }
 * }</pre>
 */
public interface TestEngine {
  /**
   * Opens what a node stands on. The same directory is the same log, as often as it is opened.
   *
   * @param data of a test; one node at a time
   */
  NodeStorage storage(Path data);

  /** Begins a node on the engine of this class path. */
  static Thalweg at(Path data) {
    NodeStorage storage =
        ServiceLoader.load(TestEngine.class)
            .findFirst()
            .map(engine -> engine.storage(data))
            .orElseGet(() -> NodeStorage.directory(data));
    return Thalweg.on(storage);
  }

  /** Opens a node with services on the engine of this class path. */
  static Node open(Path data, ServiceType... services) {
    Thalweg thalweg = at(data);
    for (ServiceType service : services) {
      thalweg.service(service);
    }
    return thalweg.open();
  }
}
