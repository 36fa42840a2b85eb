package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.thalweg.state.ValueCodec;
import io.thalweg.state.ValueCodecs;

/** Rows whose value is a Protobuf message behind a format byte. */
public final class MessageRows {
  private MessageRows() {}

  /**
   * A codec of values of one message type. The same message always gives the same bytes, as long as
   * it holds no map.
   *
   * @param format the first byte of each value; another one is refused when a row is read
   * @param prototype any message of the type
   */
  public static <M extends Message> ValueCodec<M> codec(byte format, M prototype) {
    return ValueCodecs.of(
        message -> encode(format, message), bytes -> decode(format, prototype, bytes));
  }

  private static byte[] encode(byte format, Message message) {
    byte[] body = message.toByteArray();
    byte[] bytes = new byte[1 + body.length];
    bytes[0] = format;
    System.arraycopy(body, 0, bytes, 1, body.length);
    return bytes;
  }

  @SuppressWarnings("unchecked") // A prototype's parser gives messages of its type.
  private static <M extends Message> M decode(byte format, M prototype, byte[] bytes) {
    String type = prototype.getDescriptorForType().getName();
    if (bytes.length == 0 || bytes[0] != format) {
      throw new IllegalArgumentException("stored " + type + ": expected format " + format);
    }
    try {
      return (M) prototype.getParserForType().parseFrom(bytes, 1, bytes.length - 1);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("stored " + type, e);
    }
  }
}
