package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.access.Access;
import io.thalweg.access.identities.ApiKeyIdentities;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.Permission;
import io.thalweg.docs.Docs;
import io.thalweg.docs.live.ClientLimits;
import io.thalweg.docs.live.LiveDocuments;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what over the framings of Yjs, and what is too much, message by message. */
class LiveDocumentsTest {
  private static final byte[] STEP_1 = {0, 0, 1, 0};

  @TempDir Path data;

  /** A node that asks for credentials. */
  private static final class Guarded implements AutoCloseable {
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Node node;
    final Gateway gateway;

    Guarded(Path data, boolean guarded, WatchOptions watching) {
      this(data, guarded, watching, ClientLimits.DEFAULTS);
    }

    Guarded(Path data, boolean guarded, WatchOptions watching, ClientLimits limits) {
      node = Thalweg.at(data).service(Access.TYPE).service(Docs.TYPE).meters(meters).open();
      Security security =
          guarded
              ? Security.open().withIdentities(new ApiKeyIdentities(node), true)
              : Security.open();
      gateway =
          Gateway.start(
              node,
              GatewayOptions.builder()
                  .port(0)
                  .heartbeatMs(200)
                  .security(security)
                  .watching(watching)
                  .webSocketProtocols(LiveDocuments.protocols(limits))
                  .build());
    }

    String key(String name, io.thalweg.contract.Access... access) {
      return node.call(
              CreateApiKeyRequest.newBuilder()
                  .setKey(name)
                  .addPermissions(
                      Permission.newBuilder()
                          .setService("docs")
                          .addAllAccess(Arrays.asList(access)))
                  .build(),
              CreateApiKeyResponse.class)
          .getSecret();
    }

    String yjs(String document) {
      return "ws://127.0.0.1:" + gateway.port() + "/v1/docs/yjs/" + document;
    }

    String hocuspocus() {
      return "ws://127.0.0.1:" + gateway.port() + "/v1/docs/hocuspocus";
    }

    void apply(String document, byte[] update) {
      node.call(
          ApplyUpdateRequest.newBuilder()
              .setDocument(document)
              .setUpdate(ByteString.copyFrom(update))
              .build(),
          ApplyUpdateResponse.class);
    }

    String text(String document) {
      return node.call(
              ReadDocumentRequest.newBuilder().setDocument(document).setRoot("t").build(),
              ReadDocumentResponse.class)
          .getContent();
    }

    @Override
    public void close() {
      gateway.close();
      node.close();
    }
  }

  private static byte[] typed(int client, String text) {
    return new YDoc().edit(client, edit -> edit.insertText("t", 0, text));
  }

  private static byte[] update(byte[] update) {
    return new ByteWriter().writeVarUint(0).writeVarUint(2).writeBytes(update).toBytes();
  }

  private static byte[] named(String document, byte[] rest) {
    ByteWriter writer = new ByteWriter().writeString(document);
    for (byte b : rest) {
      writer.writeByte(b);
    }
    return writer.toBytes();
  }

  private static boolean begins(byte[] message, int... with) {
    for (int i = 0; i < with.length; i++) {
      if (i >= message.length || message[i] != with[i]) {
        return false;
      }
    }
    return true;
  }

  @Test
  void aClientThatMayOnlyReadSeesAllAndChangesNothing() throws Exception {
    try (Guarded server = new Guarded(data, true, WatchOptions.defaults())) {
      server.apply("a", typed(1, "kept"));
      String key = server.key("reader", io.thalweg.contract.Access.READ);
      try (RawSocket socket = new RawSocket(server.yjs("a?access_token=" + key), true)) {
        socket.send(update(typed(2, "no ")));
        socket.send(STEP_1);
        byte[] answer = socket.await(message -> begins(message, 0, 1));
        ByteReader reader = new ByteReader(answer);
        reader.readVarUint();
        reader.readVarUint();
        assertThat(YDoc.of(reader.readBytes()).text("t")).isEqualTo("kept");
        // What others write reaches it still.
        server.apply("a", typed(3, "more "));
        socket.await(message -> begins(message, 0, 2));
        assertThat(server.text("a")).contains("kept", "more ").doesNotContain("no ");
      }
    }
  }

  @Test
  void hocuspocusTellsReadOnlyClientsAndRefusedUpdates() throws Exception {
    try (Guarded server = new Guarded(data, true, WatchOptions.defaults())) {
      server.apply("a", typed(1, "kept"));
      String reads = server.key("reader", io.thalweg.contract.Access.READ);
      String writes =
          server.key("writer", io.thalweg.contract.Access.READ, io.thalweg.contract.Access.WRITE);
      try (RawSocket socket = new RawSocket(server.hocuspocus(), true)) {
        socket.send(named("a", auth(reads)));
        assertThat(word(socket.await(m -> begins(m, 1, 'a', 2, 2)))).isEqualTo("readonly");
        socket.send(named("a", update(typed(2, "no "))));
        assertThat(socket.await(m -> begins(m, 1, 'a', 8))[3]).isZero();
        socket.send(named("b", auth(writes)));
        assertThat(word(socket.await(m -> begins(m, 1, 'b', 2, 2)))).isEqualTo("read-write");
        socket.send(named("b", update(typed(2, "yes"))));
        assertThat(socket.await(m -> begins(m, 1, 'b', 8))[3]).isEqualTo((byte) 1);
        assertThat(server.text("b")).isEqualTo("yes");
        socket.send(named("c", auth("nobody's")));
        socket.await(m -> begins(m, 1, 'c', 2, 1));
        socket.send(named("d", auth("")));
        socket.await(m -> begins(m, 1, 'd', 2, 1));
      }
      assertThat(server.text("a")).isEqualTo("kept");
    }
  }

  private static byte[] auth(String token) {
    return new ByteWriter()
        .writeVarUint(2)
        .writeVarUint(0)
        .writeString(token)
        .writeString("4.8.0")
        .toBytes();
  }

  private static String word(byte[] message) {
    ByteReader reader = new ByteReader(message);
    reader.readString();
    reader.readVarUint();
    reader.readVarUint();
    return reader.readString();
  }

  @Test
  void withoutCredentialsOrFromAnotherSiteThereIsNoHandshake() {
    try (Guarded server = new Guarded(data, true, WatchOptions.defaults())) {
      assertThatThrownBy(() -> new RawSocket(server.yjs("a"), true).close())
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(WebSocketHandshakeException.class);
      String key = server.key("reader", io.thalweg.contract.Access.READ);
      assertThatThrownBy(() ->
              new RawSocket(
                      server.yjs("a?access_token=" + key),
                      true,
                      "Origin",
                      "https://elsewhere.example")
                  .close())
          .hasCauseInstanceOf(WebSocketHandshakeException.class);
    }
  }

  @Test
  void whatIsNoMessageOrTooMuchClosesTheConnectionAndHarmsNothing() throws Exception {
    try (Guarded server = new Guarded(data, false, WatchOptions.defaults())) {
      server.apply("a", typed(1, "kept"));
      byte[][] bad = {
        {0},
        {0, 9, 0},
        {0, 2, 3, 1, 2, 3},
        new ByteWriter().writeVarUint(1).writeBytes(new byte[] {5}).toBytes(),
        new ByteWriter()
            .writeVarUint(1)
            .writeBytes(
                new ByteWriter()
                    .writeVarUint(1)
                    .writeVarUint(1)
                    .writeVarUint(1)
                    .writeString("x".repeat(20_000))
                    .toBytes())
            .toBytes(),
      };
      for (byte[] message : bad) {
        try (RawSocket socket = new RawSocket(server.yjs("a"), true)) {
          socket.send(message);
          assertThat(socket.awaitClose()).isEqualTo(1008);
        }
      }
      try (RawSocket socket = new RawSocket(server.yjs("x".repeat(257)), true)) {
        assertThat(socket.awaitClose()).isEqualTo(1008);
      }
      assertThat(server.text("a")).isEqualTo("kept");
      await(() -> server.meters.get("thalweg.docs.rooms").gauge().value() == 0);
      await(() -> sockets(server) == 0);
    }
  }

  @Test
  void aClientThatSendsTooManyUpdatesIsClosedToComeBackLater() throws Exception {
    ClientLimits limits = new ClientLimits(1, 3);
    try (Guarded server = new Guarded(data, false, WatchOptions.defaults(), limits);
        RawSocket socket = new RawSocket(server.yjs("a"), true)) {
      YDoc doc = new YDoc();
      boolean open = true;
      for (int i = 0; i < 60 && open; i++) {
        open = socket.offer(update(doc.edit(1, edit -> edit.insertText("t", 0, "x"))));
      }
      assertThat(socket.awaitClose()).isEqualTo(1013);
      assertThat(server.text("a").length()).isBetween(3, 59);
    }
  }

  @Test
  void copiesOfADeletedDocumentAreKeptOutAndTheirClientsTold() throws Exception {
    try (Guarded server = new Guarded(data, false, WatchOptions.defaults());
        RawSocket yjs = new RawSocket(server.yjs("a"), true);
        RawSocket hocuspocus = new RawSocket(server.hocuspocus(), true)) {
      YDoc copy = new YDoc();
      server.apply("a", copy.edit(1, edit -> edit.insertText("t", 0, "old")));
      yjs.send(STEP_1);
      yjs.await(message -> begins(message, 0, 1));
      hocuspocus.send(named("a", auth("")));
      hocuspocus.await(m -> begins(m, 1, 'a', 2, 2));
      hocuspocus.send(named("a", STEP_1));
      hocuspocus.await(m -> begins(m, 1, 'a', 0, 1));
      server.node.call(
          DeleteDocumentRequest.newBuilder().setDocument("a").build(),
          DeleteDocumentResponse.class);
      // y-websocket does not come back after 4400 to 4499; a provider of Hocuspocus is denied.
      assertThat(yjs.awaitClose()).isEqualTo(4410);
      assertThat(word(hocuspocus.await(m -> begins(m, 1, 'a', 2, 1))))
          .isEqualTo("document-deleted");
      hocuspocus.send(named("a", auth("")));
      assertThat(word(hocuspocus.await(m -> begins(m, 1, 'a', 2, 1))))
          .isEqualTo("document-deleted");
      try (RawSocket again = new RawSocket(server.yjs("a"), true)) {
        again.send(update(copy.encode()));
        assertThat(again.awaitClose()).isEqualTo(4410);
      }
      server.node.call(CreateDocumentRequest.newBuilder().setDocument("a").build(), Document.class);
      try (RawSocket again = new RawSocket(server.yjs("a"), true)) {
        byte[] vector = copy.stateVector().encode();
        again.send(new ByteWriter().writeVarUint(0).writeVarUint(0).writeBytes(vector).toBytes());
        assertThat(again.awaitClose()).isEqualTo(4410);
      }
      try (RawSocket fresh = new RawSocket(server.yjs("a"), true)) {
        fresh.send(STEP_1);
        fresh.await(message -> begins(message, 0, 1));
        fresh.send(update(typed(5, "new")));
        fresh.await(message -> begins(message, 0, 2));
      }
      assertThat(server.text("a")).isEqualTo("new");
    }
  }

  @Test
  void aClientThatDoesNotReadIsCutAndTheOthersGoOn() throws Exception {
    try (Guarded server = new Guarded(data, false, slowAfterASecond());
        RawSocket quick = new RawSocket(server.yjs("a"), true);
        RawSocket slow = new RawSocket(server.yjs("a"), false)) {
      quick.send(STEP_1);
      slow.send(STEP_1);
      quick.await(message -> begins(message, 0, 1));
      byte[] noise = new byte[200_000];
      new SplittableRandom(5).nextBytes(noise);
      int client = 10;
      // More than the buffers of both sockets hold. It takes nothing, and answers no ping either.
      while (sockets(server) > 1) {
        YDoc doc = new YDoc();
        server.apply("a", doc.edit(client, edit -> edit.insertValues("v", 0, List.of(noise))));
        byte[] delete = doc.edit(client, edit -> edit.delete("v", 0, 1));
        server.apply("a", delete);
        quick.await(message -> begins(message, 0, 2) && message.length > 200_000);
        assertThat(server.meters.get("thalweg.gateway.watch.waiting").gauge().value())
            .isLessThan(1 << 20);
        client++;
      }
      server.apply("a", typed(1, "on"));
      quick.await(message -> begins(message, 0, 2));
      assertThat(server.text("a")).isEqualTo("on");
    }
  }

  private static WatchOptions slowAfterASecond() {
    return WatchOptions.builder().slowMs(1_000).build();
  }

  private static double sockets(Guarded server) {
    return server.meters.get("thalweg.gateway.sockets").tag("protocol", "yjs").gauge().value();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 6_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
