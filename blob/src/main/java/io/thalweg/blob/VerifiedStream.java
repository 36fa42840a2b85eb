package io.thalweg.blob;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a blob, or a range of them, on their way to a reader. Their number, and if it is the
 * whole blob their SHA-256, is compared when they end. Used by one thread.
 */
public final class VerifiedStream extends InputStream {
  private final InputStream in;
  private final BlobId id;
  private final BlobCounts counts;
  private final @Nullable MessageDigest digest;
  private final long length;
  private final byte[] one = new byte[1];
  private long left;
  private boolean ended;

  /**
   * @param in gives the bytes; closed with this
   * @param length how many they should be; what follows is not read
   * @param whole whether they are all of the blob
   */
  public VerifiedStream(InputStream in, BlobId id, long length, boolean whole, BlobCounts counts) {
    this.in = in;
    this.id = id;
    this.length = length;
    this.left = length;
    this.counts = counts;
    this.digest = whole ? BlobId.sha256() : null;
  }

  @Override
  public int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    Objects.checkFromIndexSize(offset, count, into.length);
    if (count == 0) {
      return 0;
    }
    if (left == 0) {
      compare();
      return -1;
    }
    int n = in.read(into, offset, (int) Math.min(count, left));
    if (n < 0) {
      throw damaged("it ends after %,d of %,d bytes".formatted(length - left, length));
    }
    if (digest != null) {
      digest.update(into, offset, n);
    }
    left -= n;
    return n;
  }

  private void compare() throws BlobException {
    if (ended || digest == null) {
      return;
    }
    BlobId found = BlobId.ofDigest(digest.digest());
    if (!found.equals(id)) {
      throw damaged("the SHA-256 of its bytes is " + found);
    }
    ended = true;
  }

  private BlobException damaged(String why) {
    return counts.failure(
        BlobException.Reason.DAMAGED, "blob " + id + " is damaged in the store: " + why);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
