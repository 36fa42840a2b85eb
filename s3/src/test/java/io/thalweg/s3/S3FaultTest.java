package io.thalweg.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobException.Reason;
import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobRef;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls when the wire to the store, or the store, does not do what it should. */
class S3FaultTest {
  private S3Server server = unopened();
  private FaultyWire wire = unopened();
  private S3Blobs store = unopened();

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // Opened before each test.
  private static <T> T unopened() {
    return null;
  }

  @BeforeEach
  void open() throws Exception {
    server = new S3Server();
    wire = new FaultyWire(server.port());
    store = S3Blobs.open(S3Server.options(wire.port()));
  }

  @AfterEach
  void close() throws Exception {
    store.close();
    wire.close();
    server.close();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private int uploads() {
    return server.client().listMultipartUploads(r -> r.bucket(S3Server.BUCKET)).uploads().size();
  }

  @Test
  void aStoreThatIsTooBusyIsAskedAgain() throws Exception {
    wire.slowDown(2);
    BlobId id = store.put(bytes(1000)).id();
    assertThat(wire.faults()).isEqualTo(2);
    wire.slowDown(2);
    assertThat(store.verify(id)).isEqualTo(1000);
    wire.slowDown(2);
    assertThat(store.sizeOf(id)).hasValue(1000);
    assertThat(wire.faults()).isEqualTo(6);
  }

  @Test
  void aStoreThatStaysTooBusyIsUnavailable() {
    wire.slowDown(1000);
    assertThatThrownBy(() -> store.put(bytes(1000)))
        .isInstanceOfSatisfying(
            BlobException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
        .hasMessageContaining("reduce your request rate");
    wire.slowDown(0);
  }

  @Test
  void anUploadWhoseConnectionIsCutIsSentAgain() throws Exception {
    byte[] large = bytes(11 << 20);
    wire.cutRequests(2, 1 << 20);
    BlobId id = store.put(large).id();
    assertThat(wire.faults()).isEqualTo(2);
    assertThat(store.verify(id)).isEqualTo(large.length);
    assertThat(uploads()).isZero();
  }

  @Test
  void anUploadInPartsThatIsGivenUpIsAbortedAndNoBlob() throws Exception {
    byte[] large = bytes(11 << 20);
    // That it begins is through; its first part is cut each time it is tried.
    wire.cutRequests(1000, 3 << 20);
    assertThatThrownBy(() -> store.put(large))
        .isInstanceOfSatisfying(
            BlobException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
    assertThat(wire.faults()).isEqualTo(5);
    assertThat(store.sizeOf(BlobId.of(large))).isEmpty();
    assertThat(uploads()).isZero();
  }

  @Test
  void anAnswerThatIsCutIsReadOnWhereItBroke() throws Exception {
    byte[] large = bytes(11 << 20);
    BlobId id = store.put(large).id();
    wire.cutAnswers(3, 3 << 20);
    byte[] read;
    try (InputStream in = store.get(id)) {
      read = in.readAllBytes();
    }
    assertThat(wire.faults()).isEqualTo(3);
    assertThat(Arrays.equals(read, large)).isTrue();
    wire.cutAnswers(2, 1 << 20);
    try (InputStream in = store.get(id, 2 << 20, 5 << 20)) {
      read = in.readAllBytes();
    }
    assertThat(wire.faults()).isEqualTo(5);
    assertThat(Arrays.equals(read, Arrays.copyOfRange(large, 2 << 20, 7 << 20))).isTrue();
  }

  @Test
  void aBodyThatWasChangedOnTheWayIsDamaged() throws Exception {
    BlobId id = store.put(bytes(1 << 20)).id();
    wire.changeAnswers(1, 500_000);
    assertThatThrownBy(() -> store.verify(id))
        .isInstanceOfSatisfying(
            BlobException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DAMAGED));
    assertThat(store.counts().damaged()).isEqualTo(1);
    // It was the wire and not the store.
    assertThat(store.verify(id)).isEqualTo(1 << 20);
  }

  @Test
  void aReferenceWhoseAnswerWasLostIsKnownToBeReplaced() throws Exception {
    BlobRef first = store.replaceRef("a/latest", null, new byte[] {1});
    // The answer to the first call, a read, passes; the server then executes the write unheard.
    wire.cutAnswers(1, 0);
    BlobRef second = store.replaceRef("a/latest", first.version(), new byte[] {2});
    assertThat(wire.faults()).isEqualTo(1);
    assertThat(store.ref("a/latest")).hasValue(second);
  }

  @Test
  void aStoreThatDoesNotAnswerIsGivenUpInTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
      S3Options options =
          S3Server.options(silent.getLocalPort())
              .withTries(3, Duration.ofMillis(200), Duration.ofMillis(600));
      assertThatThrownBy(() -> S3Blobs.open(options).close())
          .isInstanceOfSatisfying(
              BlobException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
    }
  }
}
