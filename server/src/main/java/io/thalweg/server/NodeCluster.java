package io.thalweg.server;

import io.thalweg.host.Host;
import io.thalweg.kafka.KafkaDirectory;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.TopicException;
import io.thalweg.peers.ClusterMember;
import io.thalweg.peers.MemberOptions;
import io.thalweg.runtime.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's place in its cluster, from the options of {@code up}. */
final class NodeCluster {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCluster.class);
  private static final String INCARNATION = "incarnation";
  private static final Duration LEAVING = Duration.ofSeconds(12);
  private static final Duration LED = Duration.ofMinutes(2);

  private final ClusterMember member;
  private final KafkaOptions kafka;
  private final Path data;

  private NodeCluster(ClusterMember member, KafkaOptions kafka, Path data) {
    this.member = member;
    this.kafka = kafka;
    this.data = data;
  }

  /**
   * Null if the node is the only one.
   *
   * @throws CommandFailed if the certificates cannot be used
   */
  static @Nullable NodeCluster of(UpOptions options) {
    KafkaOptions kafka = options.kafka().options();
    MemberOptions member = options.kafka().member().options(options.bind());
    if (kafka == null || member == null) {
      return null;
    }
    try {
      return new NodeCluster(ClusterMember.of(member, Host.machine()), kafka, options.data());
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }

  ClusterMember member() {
    return member;
  }

  /**
   * Begins to take part.
   *
   * @throws CommandFailed if the directory cannot be used, or the address cannot be had
   */
  void join(Node node) {
    try {
      long incarnation = nextIncarnation(data.resolve(INCARNATION));
      member.join(node, KafkaDirectory.open(kafka, Host.machine()), incarnation);
    } catch (TopicException | IllegalStateException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new CommandFailed("cannot write to " + data + ": " + e.getMessage(), e);
    }
  }

  // Higher than the last, also if the clock was set back.
  private static long nextIncarnation(Path file) throws IOException {
    long last = 0;
    if (Files.exists(file)) {
      try {
        last = Long.parseLong(Files.readString(file).strip());
      } catch (NumberFormatException e) {
        LOG.warn("{} is no number; the clock is taken", file);
      }
    }
    long next = Math.max(last + 1, System.currentTimeMillis());
    Path written = file.resolveSibling(INCARNATION + ".new");
    Files.writeString(written, Long.toString(next));
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return next;
  }

  /** Waits until every partition of the cluster is led, for two minutes at most. */
  void awaitLed() {
    try {
      if (!member.awaitLed(LED)) {
        LOG.warn("not every partition of the cluster has a leader yet");
      }
    } catch (IllegalStateException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }

  /** Hands on what the node leads, while it still serves. */
  void leave() {
    member.leave(LEAVING);
  }

  /** After the node. */
  void close() {
    member.close();
  }
}
