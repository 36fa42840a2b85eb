package io.thalweg.leaderboard.resp;

import com.google.protobuf.Message;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies, in version 2 or 3 of the protocol. They gather in an array, which costs less than
 * to write a buffer of the network byte by byte, and go to one when they leave.
 */
final class ReplyWriter {
  private static final int MAX_ERROR_CHARS = 512;
  private static final int FIRST_BYTES = 256;
  // An array that grew beyond is not kept for the next replies.
  private static final int KEPT_BYTES = 64 << 10;
  private static final int MAX_NUMBER_BYTES = 24;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;
  private boolean version3;
  // The reply that was written last, while it is still here.
  private @Nullable Message last;
  private @Nullable Encoder lastEncoder;
  private int lastFrom;
  private int lastEnd;

  /**
   * Writes the reply to a command. The very answer that was written last is not encoded again: its
   * bytes are still here, and are copied. Many commands at once that ask the same are so answered.
   */
  @SuppressWarnings("ReferenceEquality") // To compare what it holds would cost what it saves.
  void reply(Encoder encoder, Message answer) {
    if (answer == last && encoder == lastEncoder) {
      int length = lastEnd - lastFrom;
      reserve(length);
      System.arraycopy(bytes, lastFrom, bytes, size, length);
      size += length;
      return;
    }
    int from = size;
    encoder.reply(this, answer);
    last = answer;
    lastEncoder = encoder;
    lastFrom = from;
    lastEnd = size;
  }

  private void forgetLast() {
    last = null;
    lastEncoder = null;
  }

  void version3(boolean value) {
    forgetLast();
    version3 = value;
  }

  boolean version3() {
    return version3;
  }

  /** How many bytes wait to leave. */
  int size() {
    return size;
  }

  /** Moves what was written to a buffer. */
  void moveTo(ByteBuf out) {
    out.writeBytes(bytes, 0, size);
    size = 0;
    forgetLast();
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[FIRST_BYTES];
    }
  }

  void ok() {
    simple("OK");
  }

  void simple(String text) {
    reserve(1);
    bytes[size++] = '+';
    ascii(text);
    crlf();
  }

  /** An error: its first word is the kind. */
  void error(String text) {
    int end = Math.min(text.length(), MAX_ERROR_CHARS);
    reserve(end + 1);
    bytes[size++] = '-';
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      bytes[size++] = (byte) (c >= ' ' && c < 0x7F ? c : '?');
    }
    crlf();
  }

  void integer(long n) {
    number(':', n);
  }

  void array(int elements) {
    number('*', elements);
  }

  /** A map of so many pairs, which in version 2 is an array. */
  void map(int pairs) {
    if (version3) {
      number('%', pairs);
    } else {
      number('*', 2L * pairs);
    }
  }

  void bulk(String text) {
    bulk(text.getBytes(StandardCharsets.UTF_8));
  }

  void bulk(byte[] text) {
    number('$', text.length);
    raw(text);
    crlf();
  }

  void nothing() {
    ascii(version3 ? "_\r\n" : "$-1\r\n");
  }

  void noArray() {
    ascii(version3 ? "_\r\n" : "*-1\r\n");
  }

  /** A score: a bulk string in version 2, a double in version 3. */
  void score(double score) {
    if (!version3) {
      bulk(ScoreText.of(score));
      return;
    }
    reserve(1);
    bytes[size++] = ',';
    ascii(ScoreText.of(score));
    crlf();
  }

  private void ascii(String text) {
    raw(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void raw(byte[] text) {
    reserve(text.length);
    System.arraycopy(text, 0, bytes, size, text.length);
    size += text.length;
  }

  private void crlf() {
    reserve(2);
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  private void number(char type, long n) {
    reserve(MAX_NUMBER_BYTES);
    bytes[size++] = (byte) type;
    if (n >= 0 && n < 10) {
      bytes[size++] = (byte) ('0' + n);
    } else {
      digits(n);
    }
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  private void digits(long n) {
    if (n < 0) {
      ascii(Long.toString(n));
      return;
    }
    int end = size;
    for (long left = n; left > 0; left /= 10) {
      end++;
    }
    size = end;
    for (long left = n; left > 0; left /= 10) {
      bytes[--end] = (byte) ('0' + left % 10);
    }
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
