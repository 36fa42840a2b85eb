package io.thalweg.peers;

import com.google.protobuf.InvalidProtocolBufferException;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerTlsConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.protocol.AbstractUnaryGrpcService;
import io.netty.handler.ssl.ClientAuth;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where other nodes reach this one. Over TLS only those that prove themselves as nodes are let in;
 * in clear text it is on a loopback address.
 */
final class PeerServer implements AutoCloseable {
  /** The one method that nodes have for each other. */
  static final String PATH = "/thalweg.system.Peers/Exchange";

  /** The largest request or reply. */
  static final int MAX_BYTES = 64 << 20;

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration DRAIN = Duration.ofSeconds(2);

  private final Server server;

  private PeerServer(Server server) {
    this.server = server;
  }

  /**
   * Listens.
   *
   * @throws IllegalStateException if the address cannot be had
   */
  static PeerServer start(Node node, MemberOptions options, @Nullable TlsProvider certificates) {
    InetSocketAddress address = new InetSocketAddress(options.bind(), options.port());
    ServerBuilder builder =
        Server.builder()
            .maxRequestLength(MAX_BYTES)
            .requestTimeout(TIMEOUT)
            .gracefulShutdownTimeout(Duration.ZERO, DRAIN)
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .service(PATH, new Exchange(node));
    if (certificates == null) {
      builder.http(address);
    } else {
      builder
          .https(address)
          .tlsProvider(
              certificates, ServerTlsConfig.builder().clientAuth(ClientAuth.REQUIRE).build());
    }
    Server server = builder.build();
    try {
      server.start().join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "cannot listen for other nodes on %s:%d: %s"
              .formatted(options.bind(), options.port(), cause.getMessage()),
          cause);
    }
    return new PeerServer(server);
  }

  int port() {
    return server.activeLocalPort();
  }

  @Override
  public void close() {
    server.stop().join();
  }

  private static final class Exchange extends AbstractUnaryGrpcService {
    private final Node node;

    Exchange(Node node) {
      this.node = node;
    }

    @Override
    protected CompletionStage<byte[]> handleMessage(ServiceRequestContext ctx, byte[] message) {
      CompletableFuture<byte[]> reply = new CompletableFuture<>();
      PeerRequest request;
      try {
        request = PeerRequest.parseFrom(message);
      } catch (InvalidProtocolBufferException e) {
        return CompletableFuture.failedFuture(e);
      }
      if (request.getWhatCase() == PeerRequest.WhatCase.WATCH) {
        // It waits for news, and reads the log.
        Thread.ofVirtual().name("peer-watch").start(() -> serve(request, reply));
      } else {
        serve(request, reply);
      }
      return reply;
    }

    private void serve(PeerRequest request, CompletableFuture<byte[]> reply) {
      try {
        node.servePeer(request, (PeerReply answer) -> reply.complete(answer.toByteArray()));
      } catch (RuntimeException | Error e) {
        reply.completeExceptionally(e);
        throw e;
      }
    }
  }
}
