package io.thalweg.gateway;

import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;

/** The words of a close frame, which has room for 123 bytes (RFC 6455, section 5.5). */
final class SocketClose {
  private static final int MAX_BYTES = 123;

  private SocketClose() {}

  static String reason(Failure failure) {
    String text = failure.status().getMessage();
    while (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      int keep = Math.min(text.length() - 1, MAX_BYTES);
      // Half a surrogate pair would not be UTF-8.
      text = text.substring(0, Character.isHighSurrogate(text.charAt(keep - 1)) ? keep - 1 : keep);
    }
    return text;
  }
}
