package io.thalweg.runtime;

import io.thalweg.runtime.DeadLetterTable.Place;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where and when the ephemeral maps of a partition are used. Used by the partition's thread. */
final class EphemeralScope {
  private @Nullable Place place;
  private long nowUs;
  private long sinceUs = -1;
  private boolean writable;

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
