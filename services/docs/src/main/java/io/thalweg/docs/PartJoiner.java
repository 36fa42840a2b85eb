package io.thalweg.docs;

import com.google.protobuf.ByteString;
import java.util.function.Consumer;

/** Puts updates together again that were logged in several parts. */
final class PartJoiner {
  private final Consumer<byte[]> updates;
  private ByteString begun = ByteString.EMPTY;

  PartJoiner(Consumer<byte[]> updates) {
    this.updates = updates;
  }

  void add(ByteString part, boolean more) {
    ByteString whole = begun.concat(part);
    if (more) {
      begun = whole;
    } else {
      begun = ByteString.EMPTY;
      updates.accept(whole.toByteArray());
    }
  }
}
