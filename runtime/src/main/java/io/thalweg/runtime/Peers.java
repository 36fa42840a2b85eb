package io.thalweg.runtime;

import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.util.List;

/**
 * The other nodes of a cluster, as a node reaches them: who leads what as far as is known here, and
 * a way to send requests there. Thread-safe; nothing here blocks.
 */
public interface Peers {
  /** Where a partition is led. */
  sealed interface Route {
    /** Here, or it is this node's turn to. */
    record Here() implements Route {}

    /** At another node. */
    record At(String nodeId) implements Route {}

    /** Nobody has said that it leads. */
    record Unknown() implements Route {}
  }

  /** Where a partition is led, as far as this node has heard. */
  Route routeOf(PartitionId id);

  /**
   * Sends a request to a node.
   *
   * @param timeoutMs the outcome is unknown if there is no reply after so long; above 0
   * @param outcome hears what became of it, once, on any thread, perhaps on this one
   */
  void send(String nodeId, PeerRequest request, long timeoutMs, Outcome outcome);

  /** Hears what became of a request. Must not block. */
  interface Outcome {
    /** The node has replied. */
    void replied(PeerReply reply);

    /** It has not left, or was not taken: it was not executed. */
    void unsent(String why);

    /** It may have been executed. */
    void unknown(String why);
  }

  /**
   * Runs {@code listener} whenever an answer of {@link #routeOf} may have changed; it must not
   * block.
   *
   * @return ends the registration when closed
   */
  Leadership.Registration onRoutes(Runnable listener);

  /** The cluster as this node sees it, for an operator. */
  ClusterView view();

  /** This node's name. */
  default String self() {
    return view().self();
  }

  /** The names of the other nodes that are alive, as far as this one has heard. */
  default List<String> others() {
    ClusterView view = view();
    return view.nodes().stream()
        .map(ClusterView.NodeView::id)
        .filter(id -> !id.equals(view.self()))
        .toList();
  }
}
