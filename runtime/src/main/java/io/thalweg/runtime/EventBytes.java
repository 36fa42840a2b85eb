package io.thalweg.runtime;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Serializes one event after the other into the same memory. Used by one thread. */
final class EventBytes {
  private static final int MAX_SPARE_BYTES = 1 << 20;

  private byte[] memory = new byte[4096];

  /**
   * The bytes of an event, and others behind them; valid until the next call.
   *
   * @param bytes its serialized size
   */
  byte[] of(Message event, int bytes) {
    if (memory.length < bytes) {
      memory = new byte[Math.max(bytes, Math.min(2 * memory.length, MAX_SPARE_BYTES))];
    }
    try {
      event.writeTo(CodedOutputStream.newInstance(memory, 0, bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return memory;
  }
}
