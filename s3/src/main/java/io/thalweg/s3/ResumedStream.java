package io.thalweg.s3;

import io.thalweg.blob.BlobException;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of an object, from one place to another. A connection that breaks or ends early is made
 * again at the place where it broke; so many times in a row without a byte, and it is given up.
 * Used by one thread.
 */
final class ResumedStream extends InputStream {
  private static final Logger LOG = LoggerFactory.getLogger(ResumedStream.class);

  /** Opens the object from a byte on. */
  interface Opening {
    InputStream from(long at) throws IOException;
  }

  private final Opening opening;
  private final int attempts;
  private final long end;
  private InputStream in;
  private long at;
  private int failures;

  /**
   * @param in the bytes from {@code at} on
   * @param end the byte behind the last
   * @param attempts from 1
   */
  ResumedStream(Opening opening, InputStream in, long at, long end, int attempts) {
    this.opening = opening;
    this.in = in;
    this.at = at;
    this.end = end;
    this.attempts = attempts;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    while (at < end) {
      IOException broken;
      try {
        int n = in.read(into, offset, (int) Math.min(count, end - at));
        if (n >= 0) {
          at += n;
          failures = n > 0 ? 0 : failures;
          return n;
        }
        broken = new IOException("the store's answer ended at byte " + at + " of " + end);
      } catch (BlobException e) {
        throw e;
      } catch (IOException e) {
        broken = e;
      }
      if (++failures >= attempts) {
        throw new BlobException(
            BlobException.Reason.UNAVAILABLE,
            "the store's answer broke off %d times at byte %,d: %s"
                .formatted(failures, at, broken.getMessage()),
            broken);
      }
      LOG.debug("reading on from byte {}: {}", at, broken.toString());
      abandon();
      in = opening.from(at);
    }
    return -1;
  }

  private void abandon() {
    try {
      in.close();
    } catch (IOException e) {
      LOG.debug("a broken answer was not closed well: {}", e.toString());
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
