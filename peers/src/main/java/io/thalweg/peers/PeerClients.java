package io.thalweg.peers;

import com.google.protobuf.InvalidProtocolBufferException;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.Clients;
import com.linecorp.armeria.client.UnprocessedRequestException;
import com.linecorp.armeria.client.grpc.protocol.UnaryGrpcClient;
import com.linecorp.armeria.common.TlsProvider;
import io.thalweg.runtime.Peers;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Sends requests to other nodes: one connection each, kept open. Thread-safe. */
final class PeerClients implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration PING = Duration.ofSeconds(2);

  /** Nodes that were reached and are gone since are forgotten beyond so many. */
  private static final int MAX_NODES = 2_048;

  private final ClientFactory factory;
  private final String scheme;
  private final Map<String, UnaryGrpcClient> clients = new ConcurrentHashMap<>();

  PeerClients(@Nullable TlsProvider certificates) {
    ClientFactoryBuilder builder =
        ClientFactory.builder()
            .connectTimeout(CONNECT)
            // A node that is gone without a word is noticed while a request waits for it.
            .pingInterval(PING)
            .idleTimeout(Duration.ofMinutes(10));
    if (certificates != null) {
      builder.tlsProvider(certificates);
    }
    factory = builder.build();
    scheme = certificates == null ? "h2c" : "h2";
  }

  /**
   * As {@link Peers#send}.
   *
   * @param address host and port
   */
  void send(String address, PeerRequest request, long timeoutMs, Peers.Outcome outcome) {
    CompletableFuture<byte[]> reply;
    try (var _ = Clients.withContextCustomizer(ctx -> ctx.setResponseTimeoutMillis(timeoutMs))) {
      reply = client(address).execute(PeerServer.PATH, request.toByteArray());
    } catch (RuntimeException e) {
      outcome.unsent(String.valueOf(e.getMessage()));
      return;
    }
    var _ =
        reply.whenComplete((bytes, failure) -> {
          if (failure != null) {
            failed(address, failure, outcome);
          } else {
            replied(bytes, outcome);
          }
        });
  }

  private UnaryGrpcClient client(String address) {
    UnaryGrpcClient known = clients.get(address);
    if (known != null) {
      return known;
    }
    if (clients.size() >= MAX_NODES) {
      clients.clear();
    }
    return clients.computeIfAbsent(
        address,
        to ->
            Clients.builder("gproto+" + scheme + "://" + to)
                .factory(factory)
                .maxResponseLength(PeerServer.MAX_BYTES)
                .build(UnaryGrpcClient.class));
  }

  private static void replied(byte[] bytes, Peers.Outcome outcome) {
    PeerReply reply;
    try {
      reply = PeerReply.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      outcome.unknown("it has sent something that is no reply");
      return;
    }
    outcome.replied(reply);
  }

  private static void failed(String address, Throwable failure, Peers.Outcome outcome) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof UnprocessedRequestException) {
        outcome.unsent("the node at " + address + " cannot be reached");
        return;
      }
    }
    outcome.unknown("the node at " + address + " did not answer: " + cause);
  }

  @Override
  public void close() {
    factory.close();
  }
}
