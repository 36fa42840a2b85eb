package io.thalweg.gateway;

import io.thalweg.runtime.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Percent-decoding of one segment of a path (RFC 3986, section 2.1). A plus sign is a plus sign.
 */
final class PercentCoding {
  private PercentCoding() {}

  /**
   * @param field named in the error
   * @throws Failure INVALID_ARGUMENT if an escape is cut or the bytes are no UTF-8
   */
  static String decode(String text, String field) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] source = text.getBytes(StandardCharsets.UTF_8);
    byte[] decoded = new byte[source.length];
    int length = 0;
    for (int i = 0; i < source.length; i++) {
      if (source[i] != '%') {
        decoded[length++] = source[i];
        continue;
      }
      int high = i + 2 < source.length ? Character.digit(source[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(source[i + 2], 16);
      if (low < 0) {
        throw Failure.invalid(field, "must be percent-encoded, as %2F; got '" + quote(text) + "'");
      }
      decoded[length++] = (byte) (high << 4 | low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(decoded, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw Failure.invalid(field, "must be percent-encoded UTF-8; got '" + quote(text) + "'");
    }
  }

  private static String quote(String text) {
    return Failure.quote(text);
  }
}
