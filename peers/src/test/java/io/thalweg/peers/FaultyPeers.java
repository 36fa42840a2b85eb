package io.thalweg.peers;

import io.thalweg.log.PartitionId;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Peers;
import io.thalweg.runtime.system.PeerRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to one other node, which leads everything, that loses requests and replies. */
final class FaultyPeers implements Peers {
  private final Node leader;

  /** So many requests do not get there. */
  final AtomicInteger requestsToLose = new AtomicInteger();

  /** So many are executed, and nobody hears of it. */
  final AtomicInteger repliesToLose = new AtomicInteger();

  /** So many find that the other node does not lead. */
  final AtomicInteger staleRoutes = new AtomicInteger();

  final AtomicInteger sent = new AtomicInteger();

  FaultyPeers(Node leader) {
    this.leader = leader;
  }

  @Override
  public Route routeOf(PartitionId id) {
    return new Route.At("leader");
  }

  @Override
  public void send(String nodeId, PeerRequest request, long timeoutMs, Outcome outcome) {
    sent.incrementAndGet();
    if (take(requestsToLose)) {
      outcome.unsent("it is lost");
    } else if (take(staleRoutes)) {
      PeerRequest.Builder elsewhere = request.toBuilder();
      elsewhere.getCallBuilder().setPartition(1_000);
      leader.servePeer(elsewhere.build(), outcome::replied);
    } else if (take(repliesToLose)) {
      leader.servePeer(request, reply -> outcome.unknown("its reply is lost"));
    } else {
      leader.servePeer(request, outcome::replied);
    }
  }

  private static boolean take(AtomicInteger left) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  @Override
  public Leadership.Registration onRoutes(Runnable listener) {
    return () -> {};
  }

  @Override
  public ClusterView view() {
    return new ClusterView("here", List.of(), List.of());
  }
}
