package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.runtime.DeadLetterTable.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where and when the ephemeral maps of a partition are used. Used by the partition's thread. */
final class EphemeralScope {
  private @Nullable Place place;
  private long nowUs;
  private long sinceUs = -1;
  private boolean writable;
  private List<Notice> told = List.of();

  /** A request of this project and slot is executed, at this log time. */
  void enter(int project, int slot, long nowUs) {
    Place present = place;
    if (present == null || present.project() != project || present.slot() != slot) {
      place = new Place(project, slot);
    }
    this.nowUs = nowUs;
    if (sinceUs < 0) {
      sinceUs = nowUs;
    }
    writable = false;
  }

  /** The request is a signal. */
  void allowWrites(boolean allowed) {
    writable = allowed;
    told = List.of();
  }

  /** The signal tells watchers something, once it is answered. */
  void tell(String request, Collection<String> keys, Message item) {
    if (!writable) {
      throw new IllegalStateException("told outside of a signal's handler");
    }
    if (keys.size() > Notices.MAX_KEYS || item.getSerializedSize() > Notices.MAX_BYTES) {
      throw new IllegalArgumentException(
          "a notice is for at most %d keys and has at most %d bytes; got %d and %d"
              .formatted(
                  Notices.MAX_KEYS, Notices.MAX_BYTES, keys.size(), item.getSerializedSize()));
    }
    if (told.isEmpty()) {
      told = new ArrayList<>(1);
    }
    told.add(new Notice(request, place().project(), List.copyOf(keys), item));
  }

  /** What the signal has told. */
  List<Notice> told() {
    return told;
  }

  boolean isWritable() {
    return writable;
  }

  Place place() {
    return Objects.requireNonNull(place, "used outside of a request");
  }

  /** Log time of the first request of this instance. */
  long sinceUs() {
    return sinceUs;
  }

  long nowUs() {
    return nowUs;
  }
}
