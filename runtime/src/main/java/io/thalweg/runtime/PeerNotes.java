package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.system.ForwardedAnswer;
import io.thalweg.runtime.system.PeerNote;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Sends notes to the other nodes of a cluster, and hands out those that come. Thread-safe. */
final class PeerNotes implements Neighbours {
  /** A node that has not answered by then may not have heard it. */
  static final long TIMEOUT_MS = 5_000;

  private final @Nullable Peers peers;
  private final Map<String, List<Listener>> listeners = new ConcurrentHashMap<>();
  private final Counter lost;

  /**
   * @param peers null: this node is alone
   */
  PeerNotes(@Nullable Peers peers, MeterRegistry meters) {
    this.peers = peers;
    lost =
        Counter.builder("thalweg.notes.lost")
            .description("Notes that another node may not have heard")
            .register(meters);
  }

  @Override
  public List<String> others() {
    return peers == null ? List.of() : peers.others();
  }

  @Override
  public void tell(String node, String topic, ByteString note, Arrival arrival) {
    if (note.size() > MAX_NOTE_BYTES) {
      throw new IllegalArgumentException(
          "a note has at most %d bytes; got %d".formatted(MAX_NOTE_BYTES, note.size()));
    }
    if (peers == null) {
      arrival.over(false);
      return;
    }
    PeerNote told =
        PeerNote.newBuilder().setTopic(topic).setFrom(peers.self()).setBody(note).build();
    peers.send(
        node,
        PeerRequest.newBuilder().setNote(told).build(),
        TIMEOUT_MS,
        new Peers.Outcome() {
          @Override
          public void replied(PeerReply reply) {
            over(reply.hasAnswer());
          }

          @Override
          public void unsent(String why) {
            over(false);
          }

          @Override
          public void unknown(String why) {
            over(false);
          }

          private void over(boolean heard) {
            if (!heard) {
              lost.increment();
            }
            arrival.over(heard);
          }
        });
  }

  @Override
  public void listen(String topic, Listener listener) {
    listeners.computeIfAbsent(topic, t -> new CopyOnWriteArrayList<>()).add(listener);
  }

  /** Takes what another node tells; what nobody here listens to is passed over. */
  PeerReply take(PeerNote note) {
    for (Listener listener : listeners.getOrDefault(note.getTopic(), List.of())) {
      listener.heard(note.getFrom(), note.getBody());
    }
    return PeerReply.newBuilder().setAnswer(ForwardedAnswer.getDefaultInstance()).build();
  }
}
