package io.thalweg.gateway;

import com.google.protobuf.Message;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.WatchStream;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A method that is watched, and how its items are written. An item that many clients are sent is
 * encoded once, as long as they are sent it at about the same time. Thread-safe.
 */
final class WatchMethod {
  /** Encoded items that are kept; larger ones than {@link #MAX_KEPT_BYTES} are not. */
  private static final int KEPT = 64;

  private static final int MAX_KEPT_BYTES = 16 << 10;

  private final MethodType type;
  private final WatchRequests requests;
  private final MessageShape shape;
  private final @Nullable Conflation conflation;
  private final AtomicReferenceArray<@Nullable Encoded> kept = new AtomicReferenceArray<>(KEPT);

  private record Encoded(WatchStream.Item item, byte[] json) {}

  WatchMethod(MethodType type) {
    this.type = type;
    this.requests = new WatchRequests(type);
    this.shape = MessageShape.of(type.descriptor().getOutputType());
    this.conflation = Conflation.of(type);
  }

  MethodType type() {
    return type;
  }

  WatchRequests requests() {
    return requests;
  }

  /** How this watch is to be conflated; null if it is not. */
  @Nullable Conflation conflation(Message request) {
    return conflation != null && conflation.isWanted(request) ? conflation : null;
  }

  /** The request as the node is asked: without its position, and without what the gateway does. */
  Message asked(Message request) {
    Message plain = requests.withoutAfter(request);
    return conflation == null ? plain : conflation.withoutWish(plain);
  }

  String eventName(WatchStream.Item item) {
    return requests.eventName(item.message());
  }

  /** The item as JSON; not to be changed. */
  byte[] json(WatchStream.Item item) {
    int place = System.identityHashCode(item) & KEPT - 1;
    Encoded present = kept.get(place);
    if (present != null && present.item.equals(item)) {
      return present.json;
    }
    byte[] json = JsonWriter.write(item.message(), shape);
    if (json.length <= MAX_KEPT_BYTES) {
      kept.set(place, new Encoded(item, json));
    }
    return json;
  }
}
