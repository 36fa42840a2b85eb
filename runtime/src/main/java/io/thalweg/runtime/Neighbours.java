package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * The other nodes of a cluster, for what lives in memory only and concerns clients of all nodes,
 * such as who is looking at what. It goes the way that forwarded requests go. Nothing of it is
 * logged or kept, and what is lost is not sent again: who tells is to say it anew now and then.
 * Thread-safe; nothing here blocks.
 */
public interface Neighbours {
  /** The most bytes of one note. */
  int MAX_NOTE_BYTES = 16 << 20;

  /** A node that is alone. */
  Neighbours NONE =
      new Neighbours() {
        @Override
        public List<String> others() {
          return List.of();
        }

        @Override
        public void tell(String node, String topic, ByteString note, Arrival arrival) {
          arrival.over(false);
        }

        @Override
        public void listen(String topic, Listener listener) {}
      };

  /** The names of the other nodes that are alive, as far as this one has heard. */
  List<String> others();

  /**
   * Tells another node something.
   *
   * @param topic who is to hear it there
   * @param note at most {@value #MAX_NOTE_BYTES} bytes
   * @param arrival hears once what became of it, on any thread, perhaps on this one
   * @throws IllegalArgumentException if it is too large
   */
  void tell(String node, String topic, ByteString note, Arrival arrival);

  /** Hears what other nodes tell, for as long as this node lives. */
  void listen(String topic, Listener listener);

  /** Hears what became of a note. Must not block. */
  interface Arrival {
    /**
     * It is over.
     *
     * @param heard the other node has heard it; false: it may have
     */
    void over(boolean heard);
  }

  /** Hears notes. Must not block. */
  interface Listener {
    /**
     * A note of another node.
     *
     * @param from its name
     */
    void heard(String from, ByteString note);
  }
}
