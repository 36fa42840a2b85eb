package io.thalweg.s3;

import io.thalweg.blob.DirectoryBlobs;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where blobs are, and how a store is spoken to.
 *
 * @param endpoint of the store; null: Amazon's own in the region
 * @param region its region; stores without regions take {@code us-east-1}
 * @param bucket must exist
 * @param keyPrefix before all keys; empty, or ends with {@code /}; at most 512 characters
 * @param credentials null: as the AWS SDK finds them (environment, files, instance)
 * @param pathStyle whether the bucket stands in the path, as most stores other than Amazon's want
 * @param partBytes what is larger is uploaded in parts of this size; 5 MiB to 1 GiB. One part of
 *     each put is in memory
 * @param maxBlobBytes the longest blob; at most 10,000 parts
 * @param attempts how often a call is tried, 1 to 20
 * @param attemptTimeout of one try of a call, 100 ms to 10 minutes
 * @param callTimeout of a call with all its tries, not below {@code attemptTimeout}
 * @param abandonedAfter an upload in parts that began so long ago is taken for abandoned and
 *     deleted when a store is opened; at least 1 minute, and longer than an upload takes
 */
public record S3Options(
    @Nullable URI endpoint,
    String region,
    String bucket,
    String keyPrefix,
    @Nullable Credentials credentials,
    boolean pathStyle,
    int partBytes,
    long maxBlobBytes,
    int attempts,
    Duration attemptTimeout,
    Duration callTimeout,
    Duration abandonedAfter) {
  static final int MIN_PART_BYTES = 5 << 20;
  static final int MAX_PARTS = 10_000;

  /** A key and its secret. */
  public record Credentials(String accessKey, String secretKey) {
    @Override
    public String toString() {
      return "Credentials[accessKey=" + accessKey + "]";
    }
  }

  public S3Options {
    require(!region.isBlank(), "region must be given; stores without regions take us-east-1");
    require(
        bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        "bucket must have 3 to 63 characters of a-z, 0-9, '.' and '-'; got '" + bucket + "'");
    require(
        keyPrefix.isEmpty() || (keyPrefix.endsWith("/") && keyPrefix.length() <= 512),
        "keyPrefix must be empty, or end with / and have at most 512 characters; got '"
            + keyPrefix
            + "'");
    require(
        partBytes >= MIN_PART_BYTES && partBytes <= 1 << 30,
        "partBytes must be from %d to %d; got %d".formatted(MIN_PART_BYTES, 1 << 30, partBytes));
    require(
        maxBlobBytes >= 1 && maxBlobBytes <= (long) partBytes * MAX_PARTS,
        "maxBlobBytes must be from 1 to %d, which is %d parts; got %d"
            .formatted((long) partBytes * MAX_PARTS, MAX_PARTS, maxBlobBytes));
    require(attempts >= 1 && attempts <= 20, "attempts must be from 1 to 20; got " + attempts);
    require(
        attemptTimeout.toMillis() >= 100 && attemptTimeout.toMinutes() <= 10,
        "attemptTimeout must be from 100 ms to 10 minutes; got " + attemptTimeout);
    require(
        callTimeout.compareTo(attemptTimeout) >= 0 && callTimeout.toHours() <= 1,
        "callTimeout must be from attemptTimeout to 1 hour; got " + callTimeout);
    require(
        abandonedAfter.toMinutes() >= 1,
        "abandonedAfter must be at least 1 minute; got " + abandonedAfter);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Parts of 8 MiB, blobs up to 64 GiB; five tries of 20 s, a minute for all; uploads that are a
   * day old are abandoned; path style and credentials of its own for an endpoint that is not
   * Amazon's.
   *
   * @param endpoint null: Amazon's
   */
  public static S3Options of(@Nullable URI endpoint, String region, String bucket) {
    return new S3Options(
        endpoint,
        region,
        bucket,
        "",
        null,
        endpoint != null,
        8 << 20,
        DirectoryBlobs.DEFAULT_MAX_BLOB_BYTES,
        5,
        Duration.ofSeconds(20),
        Duration.ofMinutes(1),
        Duration.ofDays(1));
  }

  public S3Options withCredentials(String accessKey, String secretKey) {
    return new S3Options(
        endpoint,
        region,
        bucket,
        keyPrefix,
        new Credentials(accessKey, secretKey),
        pathStyle,
        partBytes,
        maxBlobBytes,
        attempts,
        attemptTimeout,
        callTimeout,
        abandonedAfter);
  }

  public S3Options withKeyPrefix(String prefix) {
    return new S3Options(
        endpoint,
        region,
        bucket,
        prefix,
        credentials,
        pathStyle,
        partBytes,
        maxBlobBytes,
        attempts,
        attemptTimeout,
        callTimeout,
        abandonedAfter);
  }

  /** Sizes: see {@code partBytes} and {@code maxBlobBytes}. */
  public S3Options withSizes(int part, long maxBlob) {
    return new S3Options(
        endpoint,
        region,
        bucket,
        keyPrefix,
        credentials,
        pathStyle,
        part,
        maxBlob,
        attempts,
        attemptTimeout,
        callTimeout,
        abandonedAfter);
  }

  /** How long and how often is tried. */
  public S3Options withTries(int count, Duration attempt, Duration call) {
    return new S3Options(
        endpoint,
        region,
        bucket,
        keyPrefix,
        credentials,
        pathStyle,
        partBytes,
        maxBlobBytes,
        count,
        attempt,
        call,
        abandonedAfter);
  }

  public S3Options withAbandonedAfter(Duration age) {
    return new S3Options(
        endpoint,
        region,
        bucket,
        keyPrefix,
        credentials,
        pathStyle,
        partBytes,
        maxBlobBytes,
        attempts,
        attemptTimeout,
        callTimeout,
        age);
  }
}
