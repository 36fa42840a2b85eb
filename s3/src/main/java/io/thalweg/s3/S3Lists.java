package io.thalweg.s3;

import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Lists keys in their order. */
final class S3Lists {
  private static final int MAX_CALLS = 1_000;

  private S3Lists() {}

  /**
   * Asks until there are as many as wanted, or no more: a store may give less than it was asked
   * for.
   *
   * @param after only keys behind it
   */
  static List<S3Object> page(
      S3Client client, String bucket, String prefix, String after, int most) {
    List<S3Object> found = new ArrayList<>();
    String from = after;
    for (int call = 0; call < MAX_CALLS && found.size() < most; call++) {
      String begin = from;
      ListObjectsV2Response page =
          client.listObjectsV2(request ->
              request.bucket(bucket).prefix(prefix).startAfter(begin).maxKeys(most - found.size()));
      found.addAll(page.contents());
      if (!Boolean.TRUE.equals(page.isTruncated()) || page.contents().isEmpty()) {
        break;
      }
      from = page.contents().getLast().key();
    }
    return found;
  }
}
