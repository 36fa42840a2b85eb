package io.thalweg.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.blob.BlobException.Reason;
import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobStore;
import io.thalweg.blob.BlobStoreContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The contract, on a server that speaks S3; and what is S3's own. */
class S3BlobsTest extends BlobStoreContract {
  private static S3Server server = unstarted();

  @SuppressWarnings("NullAway") // Started before all tests.
  private static S3Server unstarted() {
    return null;
  }

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  protected BlobStore open() throws IOException {
    return S3Blobs.open(S3Server.options(server.port()));
  }

  @AfterEach
  void empty() {
    S3Client client = server.client();
    for (S3Object each : client.listObjectsV2(r -> r.bucket(S3Server.BUCKET)).contents()) {
      client.deleteObject(r -> r.bucket(S3Server.BUCKET).key(each.key()));
    }
  }

  @Override
  protected void damage(BlobId id) throws IOException {
    S3Client client = server.client();
    String key = "cluster/blobs/" + id.hex();
    byte[] bytes;
    try (InputStream in = client.getObject(r -> r.bucket(S3Server.BUCKET).key(key))) {
      bytes = in.readAllBytes();
    }
    bytes[bytes.length / 2] ^= 1;
    client.putObject(r -> r.bucket(S3Server.BUCKET).key(key), RequestBody.fromBytes(bytes));
  }

  @Test
  void anUploadInPartsThatBreaksOffLeavesNothing() throws Exception {
    // One that its process did not live to abort.
    server
        .client()
        .createMultipartUpload(r -> r.bucket(S3Server.BUCKET).key("cluster/blobs/abandoned"));
    assertThat(uploads()).isEqualTo(1);
    Uploads uploads = new Uploads(server.client(), S3Server.options(server.port()));
    assertThat(uploads.abortAbandoned("cluster/blobs/", Instant.now())).isZero();
    assertThat(uploads()).isEqualTo(1);
    assertThat(uploads.abortAbandoned("cluster/blobs/", Instant.now().plus(25, ChronoUnit.HOURS)))
        .isEqualTo(1);
    assertThat(uploads()).isZero();
  }

  private static int uploads() {
    return server.client().listMultipartUploads(r -> r.bucket(S3Server.BUCKET)).uploads().size();
  }

  @Test
  void aBucketThatIsNotThereIsSaidToBeSo() {
    S3Options nowhere =
        S3Options.of(URI.create("http://127.0.0.1:" + server.port()), "us-east-1", "nowhere")
            .withCredentials("access", "secret");
    assertFails(() -> S3Blobs.open(nowhere).close(), Reason.NOT_FOUND, "bucket nowhere");
  }

  @Test
  void wrongCredentialsAreRefused() {
    S3Options wrong = S3Server.options(server.port()).withCredentials("access", "wrong");
    assertFails(() -> S3Blobs.open(wrong).close(), Reason.REFUSED, "cannot open the store");
    assertThat(wrong.toString()).doesNotContain("wrong");
  }

  @Test
  void optionsOutOfTheirBoundsAreRefusedWithTheBound() {
    S3Options good = S3Server.options(server.port());
    assertThatThrownBy(() -> good.withSizes(1 << 20, 1 << 20))
        .hasMessageContaining("partBytes must be from 5242880");
    assertThatThrownBy(() -> good.withSizes(5 << 20, 1L << 40))
        .hasMessageContaining("maxBlobBytes must be from 1 to 52428800000");
    assertThatThrownBy(() -> good.withKeyPrefix("a")).hasMessageContaining("keyPrefix");
    assertThatThrownBy(() -> S3Options.of(null, "us-east-1", "A"))
        .hasMessageContaining("bucket must have");
  }

  @Test
  void aStreamAsLongAsAPartIsOnePart() throws Exception {
    byte[] content = bytes(5 << 20, 9);
    assertThat(store.verify(store.put(content).id())).isEqualTo(5 << 20);
    InputStream joined =
        new SequenceInputStream(
            new java.io.ByteArrayInputStream(content),
            new java.io.ByteArrayInputStream(new byte[1]));
    assertThat(store.verify(store.put(joined).id())).isEqualTo((5 << 20) + 1);
  }
}
