package io.thalweg.s3;

import io.thalweg.blob.Blob;
import io.thalweg.blob.BlobBounds;
import io.thalweg.blob.BlobCounts;
import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobException.Reason;
import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobRef;
import io.thalweg.blob.BlobStore;
import io.thalweg.blob.VerifiedStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Blobs in a bucket of any store that speaks the protocol of Amazon S3.
 *
 * <pre>
 *   PREFIXblobs/abcd...   the bytes of a blob as they are, under its id
 *   PREFIXrefs/NAME       a reference
 * </pre>
 *
 * <p>The store must know conditional writes ({@code If-None-Match}, {@code If-Match}), and must
 * answer reads with what was written last, as Amazon's does since 2020. A blob that is there
 * already is put again all the same: one that is damaged is whole after that.
 *
 * <p>Every call is tried several times, with growing pauses, within a bounded time: see {@link
 * S3Options}. Thread-safe.
 */
public final class S3Blobs implements BlobStore {
  private static final Logger LOG = LoggerFactory.getLogger(S3Blobs.class);

  private final S3Options options;
  private final S3Client client;
  private final String prefix;
  private final BlobCounts counts = new BlobCounts();
  private final Calls calls;
  private final Uploads uploads;
  private final S3Refs refs;

  private S3Blobs(S3Options options, S3Client client) {
    this.options = options;
    this.client = client;
    this.prefix = options.keyPrefix() + "blobs/";
    this.calls = new Calls(options.bucket(), counts);
    this.uploads = new Uploads(client, options);
    this.refs = new S3Refs(client, options, calls, counts);
  }

  /**
   * Opens a bucket, which must exist, and deletes uploads in parts that were abandoned.
   *
   * @throws BlobException NOT_FOUND if there is no such bucket; REFUSED if it may not be used;
   *     UNAVAILABLE
   */
  public static S3Blobs open(S3Options options) throws IOException {
    S3Blobs store = new S3Blobs(options, clientOf(options));
    boolean opened = false;
    try {
      store.calls.make(
          "cannot open the store", () -> store.client.headBucket(r -> r.bucket(options.bucket())));
      int aborted =
          store.calls.make(
              "cannot look for abandoned uploads",
              () -> store.uploads.abortAbandoned(store.prefix, Instant.now()));
      if (aborted > 0) {
        LOG.info("deleted {} abandoned uploads in bucket {}", aborted, options.bucket());
      }
      opened = true;
      return store;
    } finally {
      if (!opened) {
        store.close();
      }
    }
  }

  private static S3Client clientOf(S3Options options) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(options.region()))
            .forcePathStyle(options.pathStyle())
            // What is sent goes with a SHA-256 that we give; stores that know no other are served
            // too. What comes back is compared with the blob's own name.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(
                service -> service.chunkedEncodingEnabled(false).expectContinueEnabled(false))
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(options.attemptTimeout())
                    .socketTimeout(options.attemptTimeout()))
            .overrideConfiguration(config ->
                config
                    .apiCallAttemptTimeout(options.attemptTimeout())
                    .apiCallTimeout(options.callTimeout())
                    .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            .maxAttempts(options.attempts())
                            .build()));
    S3Options.Credentials given = options.credentials();
    builder.credentialsProvider(
        given == null
            ? DefaultCredentialsProvider.builder().build()
            : StaticCredentialsProvider.create(
                AwsBasicCredentials.create(given.accessKey(), given.secretKey())));
    URI endpoint = options.endpoint();
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    return builder.build();
  }

  private String keyOf(BlobId id) {
    return prefix + id.hex();
  }

  @Override
  public Blob put(InputStream content) throws IOException {
    try (Spool spool = Spool.of(content, options.partBytes(), options.maxBlobBytes(), counts)) {
      try {
        uploads.put(keyOf(spool.id()), spool);
      } catch (SdkException e) {
        throw calls.failed("cannot put blob " + spool.id(), e);
      }
      return counts.put(new Blob(spool.id(), spool.sizeBytes()));
    }
  }

  @Override
  public InputStream get(BlobId id) throws IOException {
    ResponseInputStream<GetObjectResponse> in = object(id, null);
    Long length = in.response().contentLength();
    if (length == null) {
      in.close();
      throw new BlobException(
          Reason.UNAVAILABLE, "the store does not say how long blob " + id + " is");
    }
    return verified(in, id, 0, length, true);
  }

  private InputStream verified(InputStream in, BlobId id, long from, long length, boolean whole) {
    long end = from + length;
    InputStream resumed =
        new ResumedStream(
            at -> object(id, "bytes=%d-%d".formatted(at, end - 1)),
            in,
            from,
            end,
            options.attempts());
    return new VerifiedStream(resumed, id, length, whole, counts);
  }

  @Override
  public InputStream get(BlobId id, long from, long length) throws IOException {
    long size = sizeOf(id).orElseThrow(() -> BlobException.noBlob(id));
    if (from < 0 || length < 0 || from > size - length) {
      throw counts.failure(
          Reason.REFUSED,
          "range of blob %s must be within its %,d bytes; got %,d bytes from %,d on"
              .formatted(id, size, length, from));
    }
    if (length == size) {
      return get(id);
    }
    if (length == 0) {
      return InputStream.nullInputStream();
    }
    return verified(
        object(id, "bytes=%d-%d".formatted(from, from + length - 1)), id, from, length, false);
  }

  private ResponseInputStream<GetObjectResponse> object(BlobId id, @Nullable String range)
      throws BlobException {
    try {
      return client.getObject(
          request -> request.bucket(options.bucket()).key(keyOf(id)).range(range));
    } catch (S3Exception e) {
      throw Calls.isAbsent(e) ? BlobException.noBlob(id) : calls.failed("cannot get " + id, e);
    } catch (SdkException e) {
      throw calls.failed("cannot get " + id, e);
    }
  }

  @Override
  public OptionalLong sizeOf(BlobId id) throws IOException {
    try {
      return OptionalLong.of(
          client
              .headObject(request -> request.bucket(options.bucket()).key(keyOf(id)))
              .contentLength());
    } catch (S3Exception e) {
      if (Calls.isAbsent(e)) {
        return OptionalLong.empty();
      }
      throw calls.failed("cannot look for " + id, e);
    } catch (SdkException e) {
      throw calls.failed("cannot look for " + id, e);
    }
  }

  @Override
  public List<Blob> list(String idPrefix, @Nullable BlobId after, int most) throws IOException {
    BlobBounds.checkBlobs(idPrefix, most, counts);
    return calls.make(
        "cannot list blobs",
        () -> {
          List<Blob> page = new ArrayList<>();
          String behind = prefix + (after == null ? "" : after.hex());
          for (S3Object each :
              S3Lists.page(client, options.bucket(), prefix + idPrefix, behind, most)) {
            String name = each.key().substring(prefix.length());
            if (BlobId.isId(name)) {
              page.add(new Blob(new BlobId(name), each.size()));
            }
          }
          return page;
        });
  }

  @Override
  public void delete(BlobId id) throws IOException {
    calls.make(
        "cannot delete " + id,
        () -> client.deleteObject(request -> request.bucket(options.bucket()).key(keyOf(id))));
  }

  @Override
  public Optional<BlobRef> ref(String name) throws IOException {
    return refs.read(name);
  }

  @Override
  public BlobRef replaceRef(String name, @Nullable String expectedVersion, byte[] value)
      throws IOException {
    return refs.replace(name, expectedVersion, value);
  }

  @Override
  public void deleteRef(String name) throws IOException {
    refs.delete(name);
  }

  @Override
  public List<String> listRefs(String namePrefix, String after, int most) throws IOException {
    return refs.list(namePrefix, after, most);
  }

  @Override
  public BlobCounts counts() {
    return counts;
  }

  @Override
  public void close() {
    client.close();
  }
}
