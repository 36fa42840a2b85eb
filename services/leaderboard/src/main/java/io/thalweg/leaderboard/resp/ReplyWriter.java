package io.thalweg.leaderboard.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Writes replies, in version 2 or 3 of the protocol. */
final class ReplyWriter {
  private static final byte[] OK = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_ERROR_CHARS = 512;

  private final byte[] digits = new byte[20];
  private ByteBuf out = Unpooled.EMPTY_BUFFER;
  private boolean version3;

  /** Where the next replies go, and how. */
  void to(ByteBuf buffer, boolean inVersion3) {
    out = buffer;
    version3 = inVersion3;
  }

  boolean version3() {
    return version3;
  }

  void ok() {
    out.writeBytes(OK);
  }

  void simple(String text) {
    out.writeByte('+');
    ByteBufUtil.writeAscii(out, text);
    crlf();
  }

  /** An error: its first word is the kind. */
  void error(String text) {
    out.writeByte('-');
    int end = Math.min(text.length(), MAX_ERROR_CHARS);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      out.writeByte(c >= ' ' && c < 0x7F ? c : '?');
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
    int bytes = ByteBufUtil.utf8Bytes(text);
    number('$', bytes);
    ByteBufUtil.reserveAndWriteUtf8(out, text, bytes);
    crlf();
  }

  void bulk(byte[] bytes) {
    number('$', bytes.length);
    out.writeBytes(bytes);
    crlf();
  }

  void nothing() {
    ByteBufUtil.writeAscii(out, version3 ? "_\r\n" : "$-1\r\n");
  }

  void noArray() {
    ByteBufUtil.writeAscii(out, version3 ? "_\r\n" : "*-1\r\n");
  }

  /** A score: a bulk string in version 2, a double in version 3. */
  void score(double score) {
    if (!version3) {
      bulk(ScoreText.of(score));
      return;
    }
    out.writeByte(',');
    ByteBufUtil.writeAscii(out, ScoreText.of(score));
    crlf();
  }

  private void crlf() {
    out.writeShort('\r' << 8 | '\n');
  }

  private void number(char type, long n) {
    out.ensureWritable(24);
    out.writeByte(type);
    if (n >= 0 && n < 10) {
      out.writeByte('0' + (int) n);
    } else {
      digits(n);
    }
    crlf();
  }

  private void digits(long n) {
    if (n == Long.MIN_VALUE) {
      ByteBufUtil.writeAscii(out, Long.toString(n));
      return;
    }
    int at = digits.length;
    long left = Math.abs(n);
    do {
      digits[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left > 0);
    if (n < 0) {
      digits[--at] = '-';
    }
    out.writeBytes(digits, at, digits.length - at);
  }
}
