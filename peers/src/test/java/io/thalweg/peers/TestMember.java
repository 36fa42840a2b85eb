package io.thalweg.peers;

import io.thalweg.cluster.PlacementOptions;
import io.thalweg.host.Host;
import io.thalweg.kafka.KafkaDirectory;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.KafkaStorage;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.time.Duration;

/** A whole node of a cluster in this process, over a real broker. */
public final class TestMember implements AutoCloseable {
  /** Quicker than the defaults. */
  public static final PlacementOptions QUICK =
      new PlacementOptions(
          1, Duration.ofMillis(1_500), Duration.ofMillis(3_000), Duration.ofMillis(1_500), 10_000);

  private final ClusterMember member;
  private final Node node;

  private TestMember(ClusterMember member, Node node) {
    this.member = member;
    this.node = node;
  }

  static TestMember start(KafkaOptions kafka, Path data, MemberOptions options) {
    return started(kafka, data, options.withPlacement(QUICK, Duration.ofMillis(200)));
  }

  static TestMember start(KafkaOptions kafka, Path data, String name, PlacementOptions placement) {
    return started(
        kafka, data, MemberOptions.local(name).withPlacement(placement, Duration.ofMillis(200)));
  }

  private static TestMember started(KafkaOptions kafka, Path data, MemberOptions options) {
    return start(kafka, data, options, Leaderboard.TYPE, 4);
  }

  /** With these options as they are, and a service of the test's. */
  public static TestMember start(
      KafkaOptions kafka, Path data, MemberOptions options, ServiceType service, int partitions) {
    ClusterMember member = ClusterMember.of(options, Host.machine());
    Node node =
        Thalweg.on(KafkaStorage.open(data, kafka, member))
            .service(service)
            .options(NodeOptions.defaults().withPartitions(partitions))
            .peers(member)
            .start();
    member.join(node, KafkaDirectory.open(kafka, Host.machine()), System.currentTimeMillis());
    return new TestMember(member, node);
  }

  /** The node. */
  public Node node() {
    return node;
  }

  /** Its part in the cluster. */
  public ClusterMember member() {
    return member;
  }

  /** How many partitions it leads. */
  public long led() {
    return node.places().stream().filter(place -> place.epoch() > 0).count();
  }

  /** Leaves without a word: what it leads is led by nobody until the others miss it. */
  void vanish() {
    member.vanish();
    node.close();
  }

  /** Hands on what it leads, while it serves. */
  public void leave() {
    member.leave(Duration.ofSeconds(60));
  }

  /** Hands on and stops. */
  void stop() {
    leave();
    close();
  }

  @Override
  public void close() {
    node.close();
    member.close();
  }
}
