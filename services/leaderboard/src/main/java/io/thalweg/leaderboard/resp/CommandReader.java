package io.thalweg.leaderboard.resp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads commands from the bytes of one connection: arrays of bulk strings, and lines of words
 * ("inline commands"). What was read of a command that is not complete is remembered, so bytes are
 * looked at once however they arrive.
 *
 * <p>Straight from the buffer: a command makes no object until somebody wants an argument. See <a
 * href="https://redis.io/docs/latest/develop/reference/protocol-spec/">the protocol</a>.
 */
final class CommandReader {
  /** Most arguments, with the command's name. */
  static final int MAX_ARGUMENTS = 1 << 16;

  private static final int MAX_INLINE_BYTES = 64 << 10;
  private static final int MAX_NUMBER_BYTES = 20;
  private static final int FIRST_ARGUMENTS = 8;

  private final int maxBytes;
  private int[] starts = new int[FIRST_ARGUMENTS];
  private int[] lengths = new int[FIRST_ARGUMENTS];
  // Of the command that is being read; offsets count from its first byte.
  private int expected = -1;
  private int count;
  private int at;
  private int bulkLength = -1;

  /**
   * A reader.
   *
   * @param maxBytes largest command
   */
  CommandReader(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * The next command, or null if there is not yet a whole one. Its bytes are before the buffer's
   * reader index then; it is valid until this is called again.
   *
   * @throws ProtocolError if the bytes cannot be one
   */
  @Nullable Arguments next(ByteBuf in, Arguments arguments) {
    while (in.isReadable()) {
      int base = in.readerIndex();
      if (expected < 0 && in.getByte(base) != '*') {
        if (!inline(in, base)) {
          return null;
        }
      } else if (!array(in, base)) {
        if (in.readableBytes() > maxBytes) {
          throw new ProtocolError("too big request, the most is " + maxBytes + " bytes");
        }
        return null;
      }
      in.readerIndex(base + at);
      int found = count;
      forget();
      if (found > 0) {
        arguments.set(in, base, starts, lengths, found);
        return arguments;
      }
      // An empty array or line is no command.
    }
    return null;
  }

  private void forget() {
    expected = -1;
    count = 0;
    at = 0;
    bulkLength = -1;
  }

  private boolean array(ByteBuf in, int base) {
    if (expected < 0) {
      int end = numberEnd(in, base + 1, "too big mbulk count string");
      if (end < 0) {
        return false;
      }
      long n = number(in, base + 1, end, "invalid multibulk length");
      if (n > MAX_ARGUMENTS) {
        throw new ProtocolError("invalid multibulk length");
      }
      expected = (int) Math.max(n, 0);
      at = end + 2 - base;
    }
    while (count < expected) {
      if (!bulk(in, base)) {
        return false;
      }
    }
    return true;
  }

  private boolean bulk(ByteBuf in, int base) {
    int limit = in.writerIndex();
    if (bulkLength < 0) {
      int from = base + at;
      if (from >= limit) {
        return false;
      }
      byte first = in.getByte(from);
      if (first != '$') {
        throw new ProtocolError("expected '$', got '" + printable(first) + "'");
      }
      int end = numberEnd(in, from + 1, "too big bulk count string");
      if (end < 0) {
        return false;
      }
      long n = number(in, from + 1, end, "invalid bulk length");
      if (n < 0 || n > maxBytes) {
        throw new ProtocolError("invalid bulk length");
      }
      bulkLength = (int) n;
      at = end + 2 - base;
    }
    if (limit - base - at < bulkLength + 2) {
      return false;
    }
    add(at, bulkLength);
    at += bulkLength + 2;
    bulkLength = -1;
    return true;
  }

  private static char printable(byte b) {
    return b >= ' ' && b < 0x7F ? (char) b : '?';
  }

  private void add(int start, int length) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    starts[count] = start;
    lengths[count++] = length;
  }

  /** Index of the '\r' after a number, or -1 if it and its '\n' are not there yet. */
  private static int numberEnd(ByteBuf in, int from, String tooLong) {
    int limit = in.writerIndex();
    for (int i = from; i < limit; i++) {
      if (in.getByte(i) == '\r') {
        return i + 1 < limit ? i : -1;
      }
      if (i - from >= MAX_NUMBER_BYTES) {
        throw new ProtocolError(tooLong);
      }
    }
    return -1;
  }

  private static long number(ByteBuf in, int from, int end, String problem) {
    boolean negative = from < end && in.getByte(from) == '-';
    int first = negative ? from + 1 : from;
    if (first == end) {
      throw new ProtocolError(problem);
    }
    long n = 0;
    for (int i = first; i < end; i++) {
      int digit = in.getByte(i) - '0';
      if (digit < 0 || digit > 9 || n > Long.MAX_VALUE / 100) {
        throw new ProtocolError(problem);
      }
      n = n * 10 + digit;
    }
    return negative ? -n : n;
  }

  /** A line of words; at its end {@code at} is behind it. */
  private boolean inline(ByteBuf in, int base) {
    int limit = in.writerIndex();
    int newline = in.indexOf(base + at, limit, (byte) '\n');
    if (newline < 0) {
      at = limit - base;
      if (at > MAX_INLINE_BYTES) {
        throw new ProtocolError("too big inline request");
      }
      return false;
    }
    int end = newline > base && in.getByte(newline - 1) == '\r' ? newline - 1 : newline;
    int i = base;
    while (i < end) {
      byte b = in.getByte(i);
      if (b == ' ' || b == '\t') {
        i++;
      } else if (b == '"' || b == '\'') {
        i = quoted(in, i, end, base);
      } else {
        int from = i;
        while (i < end && in.getByte(i) != ' ' && in.getByte(i) != '\t') {
          i++;
        }
        add(from - base, i - from);
      }
    }
    at = newline + 1 - base;
    return true;
  }

  /** A word in quotes, without escapes. */
  private int quoted(ByteBuf in, int from, int end, int base) {
    byte quote = in.getByte(from);
    int close = in.indexOf(from + 1, end, quote);
    boolean last = close >= 0 && close + 1 == end;
    if (close < 0 || (!last && in.getByte(close + 1) != ' ')) {
      throw new ProtocolError("unbalanced quotes in request");
    }
    add(from + 1 - base, close - from - 1);
    return close + 1;
  }
}
