package io.thalweg.s3;

import io.thalweg.blob.BlobCounts;
import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobException.Reason;
import java.util.Objects;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Makes calls to a store, and says in terms of blobs how they failed. */
final class Calls {
  /** The bytes that arrived are not those that were sent: the network's fault, not the caller's. */
  private static final Set<String> CHANGED_ON_THE_WAY =
      Set.of(
          "BadDigest",
          "InvalidDigest",
          "XAmzContentSHA256Mismatch",
          "XAmzContentChecksumMismatch",
          "IncompleteBody",
          "SignatureDoesNotMatch",
          "RequestTimeout",
          "RequestTimeTooSkewed");

  private final String bucket;
  private final BlobCounts counts;

  Calls(String bucket, BlobCounts counts) {
    this.bucket = bucket;
    this.counts = counts;
  }

  /** A call that may fail. */
  interface Call<T> {
    T run() throws BlobException;
  }

  /** Makes a call; {@code what} begins the message of a failure. */
  <T> T make(String what, Call<T> call) throws BlobException {
    try {
      return call.run();
    } catch (SdkException e) {
      throw failed(what, e);
    }
  }

  /** The failure of a call. */
  BlobException failed(String what, SdkException cause) {
    Reason reason = reasonOf(cause);
    String message = "%s in bucket %s: %s".formatted(what, bucket, cause.getMessage());
    if (reason == Reason.REFUSED) {
      counts.failure(reason, message);
    }
    return new BlobException(reason, message, cause);
  }

  private static Reason reasonOf(SdkException cause) {
    if (!(cause instanceof S3Exception s3)) {
      return Reason.UNAVAILABLE;
    }
    // An answer to a HEAD has no body, so it says no code.
    AwsErrorDetails details = s3.awsErrorDetails();
    String code = details == null ? "" : Objects.requireNonNullElse(details.errorCode(), "");
    int status = s3.statusCode();
    return switch (status) {
      case 404 -> Reason.NOT_FOUND;
      case 409, 412 -> Reason.CONFLICT;
      case 408, 429 -> Reason.UNAVAILABLE;
      default ->
          status >= 400 && status < 500 && !CHANGED_ON_THE_WAY.contains(code)
              ? Reason.REFUSED
              : Reason.UNAVAILABLE;
    };
  }

  /** Whether a store says that there is no such object. */
  static boolean isAbsent(S3Exception e) {
    return e.statusCode() == 404;
  }
}
