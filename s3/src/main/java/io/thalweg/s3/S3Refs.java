package io.thalweg.s3;

import io.thalweg.blob.BlobBounds;
import io.thalweg.blob.BlobCounts;
import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobException.Reason;
import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * References as objects, replaced by conditional writes: {@code If-None-Match: *} for a new one,
 * {@code If-Match} with the entity tag of the one that was read. A write whose answer was lost, or
 * that was sent twice, is known by the version that it drew. Thread-safe.
 */
final class S3Refs {
  private final S3Client client;
  private final String bucket;
  private final String prefix;
  private final Calls calls;
  private final BlobCounts counts;

  S3Refs(S3Client client, S3Options options, Calls calls, BlobCounts counts) {
    this.client = client;
    this.bucket = options.bucket();
    this.prefix = options.keyPrefix() + "refs/";
    this.calls = calls;
    this.counts = counts;
  }

  private record Stored(BlobRef ref, String tag) {}

  Optional<BlobRef> read(String name) throws IOException {
    BlobBounds.checkRefName(name, counts);
    Stored stored = stored(name);
    return stored == null ? Optional.empty() : Optional.of(stored.ref());
  }

  private @Nullable Stored stored(String name) throws IOException {
    String what = "cannot read reference " + name;
    try (ResponseInputStream<GetObjectResponse> in =
        client.getObject(request -> request.bucket(bucket).key(prefix + name))) {
      byte[] bytes = in.readNBytes(BlobRef.MAX_ENCODED_BYTES + 1);
      return new Stored(BlobRef.decode(name, bytes), in.response().eTag());
    } catch (S3Exception e) {
      if (Calls.isAbsent(e)) {
        return null;
      }
      throw calls.failed(what, e);
    } catch (SdkException e) {
      throw calls.failed(what, e);
    } catch (IllegalArgumentException e) {
      throw counts.failure(Reason.DAMAGED, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new BlobException(Reason.UNAVAILABLE, what + ": " + e.getMessage(), e);
    }
  }

  BlobRef replace(String name, @Nullable String expectedVersion, byte[] value) throws IOException {
    BlobBounds.checkRefName(name, counts);
    BlobBounds.checkRefValue(value, counts);
    Stored before = stored(name);
    String found = before == null ? null : before.ref().version();
    if (found == null ? expectedVersion != null : !found.equals(expectedVersion)) {
      throw conflict(name, expectedVersion, found);
    }
    BlobRef made = new BlobRef(name, UUID.randomUUID().toString(), value);
    try {
      write(made, before);
      return made;
    } catch (SdkException e) {
      // It may have been written: the answer was lost, or a second try met what the first did.
      Stored now = stored(name);
      String present = now == null ? null : now.ref().version();
      if (made.version().equals(present)) {
        return made;
      }
      BlobException failure = calls.failed("cannot replace reference " + name, e);
      boolean overtaken = present == null ? found != null : !present.equals(found);
      if (overtaken || failure.reason() == Reason.CONFLICT) {
        throw conflict(name, expectedVersion, present);
      }
      throw failure;
    }
  }

  private void write(BlobRef made, @Nullable Stored before) {
    byte[] bytes = made.encode();
    String sum = Base64.getEncoder().encodeToString(BlobId.sha256().digest(bytes));
    client.putObject(
        request -> {
          request.bucket(bucket).key(prefix + made.name()).checksumSHA256(sum);
          if (before == null) {
            request.ifNoneMatch("*");
          } else {
            request.ifMatch(before.tag());
          }
        },
        RequestBody.fromBytes(bytes));
  }

  private BlobException conflict(String name, @Nullable String expected, @Nullable String found) {
    return counts.failure(
        Reason.CONFLICT,
        "reference %s is %s, not %s; read it again"
            .formatted(
                name,
                found == null ? "not there" : "at version " + found,
                expected == null ? "absent" : "at version " + expected));
  }

  void delete(String name) throws IOException {
    BlobBounds.checkRefName(name, counts);
    calls.make(
        "cannot delete reference " + name,
        () -> client.deleteObject(request -> request.bucket(bucket).key(prefix + name)));
  }

  List<String> list(String namePrefix, String after, int most) throws IOException {
    BlobBounds.checkRefs(namePrefix, after, most, counts);
    return calls.make(
        "cannot list references",
        () -> {
          List<String> names = new ArrayList<>();
          for (S3Object each :
              S3Lists.page(client, bucket, prefix + namePrefix, prefix + after, most)) {
            String name = each.key().substring(prefix.length());
            if (BlobRef.problemOfName(name) == null) {
              names.add(name);
            }
          }
          return names;
        });
  }
}
