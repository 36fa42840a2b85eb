package io.thalweg.server.load;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Bounds what one record may take, so that a quote that is never closed does not read a whole file
 * into memory. Exact up to the buffer of the parser behind it.
 */
final class RecordBound extends FilterReader {
  static final int MAX_RECORD_CHARS = 1 << 20;

  private long taken;

  RecordBound(Reader in) {
    super(in);
  }

  /** The next record begins about here. */
  void nextRecord() {
    taken = 0;
  }

  @Override
  public int read() throws IOException {
    count(1);
    return super.read();
  }

  @Override
  public int read(char[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    count(Math.max(read, 0));
    return read;
  }

  private void count(int chars) throws IOException {
    taken += chars;
    if (taken > MAX_RECORD_CHARS) {
      throw new TooLong();
    }
  }

  /** A record is longer than the bound. */
  static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;

    TooLong() {
      super(
          "a row is longer than %d characters; is a quote never closed?"
              .formatted(MAX_RECORD_CHARS));
    }
  }
}
