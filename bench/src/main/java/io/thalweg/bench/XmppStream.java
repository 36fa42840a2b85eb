package io.thalweg.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a server of XMPP sends into the opening of its stream and the elements within it, as
 * they were sent. It knows tags, attributes in quotes and nothing else of XML: enough for servers,
 * which may send no comments, no sections and no processing instructions but the first line.
 */
final class XmppStream {
  private static final int FIRST_BYTES = 2048;

  private byte[] buffer = new byte[FIRST_BYTES];
  private int size;
  private int at;
  private int tag = -1;
  private byte quote;
  private int begin;
  private int depth;

  /** Takes all that a buffer has. */
  void feed(ByteBuffer from) {
    if (size + from.remaining() > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + from.remaining()));
    }
    int more = from.remaining();
    from.get(buffer, size, more);
    size += more;
  }

  /** A new stream begins, within the same connection. */
  void restart() {
    depth = 0;
  }

  /**
   * The next element of the stream, or the opening of the stream itself, or its end.
   *
   * @return null if it is not there in whole yet
   */
  @Nullable String next() {
    while (at < size) {
      byte b = buffer[at++];
      if (tag < 0) {
        if (b == '<') {
          tag = at - 1;
        }
      } else if (quote != 0) {
        if (b == quote) {
          quote = 0;
        }
      } else if (b == '"' || b == '\'') {
        quote = b;
      } else if (b == '>') {
        int start = tag;
        tag = -1;
        if (ends(start)) {
          return cut();
        }
      }
    }
    drop(tag >= 0 && depth <= 1 ? tag : depth <= 1 ? at : begin);
    return null;
  }

  /** A tag is there in whole: whether something ends with it that is to be given. */
  private boolean ends(int start) {
    if (buffer[start + 1] == '?') {
      return false;
    }
    if (buffer[start + 1] == '/') {
      depth--;
      if (depth == 0) {
        begin = start;
      }
      return depth <= 1;
    }
    if (depth <= 1) {
      begin = start;
    }
    if (buffer[at - 2] == '/') {
      return depth <= 1;
    }
    depth++;
    return depth == 1;
  }

  private String cut() {
    return new String(buffer, begin, at - begin, StandardCharsets.UTF_8);
  }

  private void drop(int upTo) {
    if (upTo > 0) {
      System.arraycopy(buffer, upTo, buffer, 0, size - upTo);
      size -= upTo;
      at -= upTo;
      begin -= upTo;
      if (tag >= 0) {
        tag -= upTo;
      }
    }
    if (size == 0 && buffer.length > FIRST_BYTES) {
      buffer = new byte[FIRST_BYTES];
    }
  }
}
