package io.thalweg.s3;

import io.thalweg.blob.BlobId;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/**
 * Uploads blobs: in one piece, or in parts. Each piece goes with its SHA-256, so that the store
 * refuses what changed on the way. An upload in parts that fails is aborted; one whose process died
 * is aborted by whoever opens the store once it is old enough.
 */
final class Uploads {
  private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
  private static final int MAX_PAGES = 1_000;

  private final S3Client client;
  private final S3Options options;

  Uploads(S3Client client, S3Options options) {
    this.client = client;
    this.options = options;
  }

  void put(String key, Spool spool) throws IOException {
    if (spool.parts() == 1) {
      byte[] bytes = spool.part(0);
      String sum = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(spool.id().hex()));
      client.putObject(
          request -> request.bucket(options.bucket()).key(key).checksumSHA256(sum),
          RequestBody.fromBytes(bytes));
      return;
    }
    String upload =
        client
            .createMultipartUpload(request ->
                request
                    .bucket(options.bucket())
                    .key(key)
                    .checksumAlgorithm(ChecksumAlgorithm.SHA256))
            .uploadId();
    boolean done = false;
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (int i = 0; i < spool.parts(); i++) {
        parts.add(part(key, upload, i + 1, spool.part(i)));
      }
      client.completeMultipartUpload(request ->
          request
              .bucket(options.bucket())
              .key(key)
              .uploadId(upload)
              .multipartUpload(all -> all.parts(parts)));
      done = true;
    } finally {
      if (!done) {
        abort(key, upload);
      }
    }
  }

  private CompletedPart part(String key, String upload, int number, byte[] bytes) {
    String sum = Base64.getEncoder().encodeToString(BlobId.sha256().digest(bytes));
    String tag =
        client
            .uploadPart(
                request ->
                    request
                        .bucket(options.bucket())
                        .key(key)
                        .uploadId(upload)
                        .partNumber(number)
                        .checksumSHA256(sum),
                RequestBody.fromBytes(bytes))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(tag).checksumSHA256(sum).build();
  }

  private void abort(String key, String upload) {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(options.bucket()).key(key).uploadId(upload));
    } catch (SdkException e) {
      LOG.warn(
          "an upload in parts of {} stays until it is {} old: {}",
          key,
          options.abandonedAfter(),
          e.getMessage());
    }
  }

  /**
   * Aborts what is abandoned.
   *
   * @return how many
   */
  int abortAbandoned(String prefix, Instant now) {
    int aborted = 0;
    String keyMarker = "";
    String uploadMarker = "";
    for (int page = 0; page < MAX_PAGES; page++) {
      String fromKey = keyMarker;
      String fromUpload = uploadMarker;
      ListMultipartUploadsResponse found =
          client.listMultipartUploads(request -> {
            request.bucket(options.bucket()).prefix(prefix);
            if (!fromKey.isEmpty()) {
              request.keyMarker(fromKey).uploadIdMarker(fromUpload);
            }
          });
      for (MultipartUpload each : found.uploads()) {
        Instant begun = each.initiated();
        if (begun != null && begun.isBefore(now.minus(options.abandonedAfter()))) {
          abort(each.key(), each.uploadId());
          aborted++;
        }
      }
      if (!Boolean.TRUE.equals(found.isTruncated()) || found.nextKeyMarker() == null) {
        break;
      }
      keyMarker = found.nextKeyMarker();
      uploadMarker = found.nextUploadIdMarker() == null ? "" : found.nextUploadIdMarker();
    }
    return aborted;
  }
}
