package io.thalweg.blob;

import io.thalweg.blob.BlobException.Reason;
import java.util.regex.Pattern;

/** The bounds of lists and references, the same for every store. */
public final class BlobBounds {
  private static final Pattern PREFIX = Pattern.compile("[0-9a-f]{0,64}");

  private BlobBounds() {}

  /** Checks the arguments of {@link BlobStore#list}. */
  public static void checkBlobs(String prefix, int most, BlobCounts counts) throws BlobException {
    if (!PREFIX.matcher(prefix).matches()) {
      throw counts.failure(
          Reason.REFUSED, "prefix must have 0 to 64 characters of 0-9a-f; got '" + prefix + "'");
    }
    checkMost(most, counts);
  }

  /** Checks the arguments of {@link BlobStore#listRefs}. */
  public static void checkRefs(String prefix, String after, int most, BlobCounts counts)
      throws BlobException {
    if (prefix.length() > BlobRef.MAX_NAME || after.length() > BlobRef.MAX_NAME) {
      throw counts.failure(
          Reason.REFUSED,
          "prefix and after must have at most %d characters; got %d and %d"
              .formatted(BlobRef.MAX_NAME, prefix.length(), after.length()));
    }
    checkMost(most, counts);
  }

  private static void checkMost(int most, BlobCounts counts) throws BlobException {
    if (most < 1 || most > BlobStore.MAX_PAGE) {
      throw counts.failure(
          Reason.REFUSED, "most must be from 1 to %d; got %d".formatted(BlobStore.MAX_PAGE, most));
    }
  }

  /** Checks the name of a reference. */
  public static void checkRefName(String name, BlobCounts counts) throws BlobException {
    String problem = BlobRef.problemOfName(name);
    if (problem != null) {
      throw counts.failure(Reason.REFUSED, problem);
    }
  }

  /** Checks the value of a reference. */
  public static void checkRefValue(byte[] value, BlobCounts counts) throws BlobException {
    if (value.length > BlobRef.MAX_VALUE_BYTES) {
      throw counts.failure(
          Reason.REFUSED,
          "ref value must have at most %,d bytes; got %,d"
              .formatted(BlobRef.MAX_VALUE_BYTES, value.length));
    }
  }
}
