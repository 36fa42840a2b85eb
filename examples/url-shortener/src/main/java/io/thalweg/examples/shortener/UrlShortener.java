package io.thalweg.examples.shortener;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.keys.KeySource;
import io.thalweg.client.keys.KeysClient;
import io.thalweg.examples.shortener.v1.*;
import io.thalweg.gateway.*;
import io.thalweg.keys.Keys;
import io.thalweg.keys.v1.*;
import io.thalweg.runtime.*;
import java.io.IOException;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** POST a URL and get a short one; GET the short one and be sent there. */
public final class UrlShortener implements AutoCloseable {
  private static final String LINKS = "links";

  private final Node node;
  private final Gateway gateway;
  private final ThalwegClient client;
  private final KeySource keys;
  final HttpServer http;

  UrlShortener(Path data, int port) throws IOException {
    node = Thalweg.at(data).service(Keys.TYPE).service(Links.TYPE).open();
    gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
    client = ThalwegClient.at("http://127.0.0.1:" + gateway.port()).open();
    KeysClient service = KeysClient.of(client);
    service
        .createNamespace(CreateNamespaceRequest.newBuilder().setNamespace(LINKS).build())
        .await();
    keys = service.source(LINKS).blockSize(1_000).open();
    http = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 64);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/", this::handle);
    http.start();
  }

  private void handle(HttpExchange call) throws IOException {
    try (call) {
      try {
        serve(call);
      } catch (Failure refusal) {
        answer(call, 400, refusal.getMessage() + "\n");
      }
    }
  }

  private void serve(HttpExchange call) throws IOException {
    String chosen = call.getRequestURI().getPath().substring(1);
    if (call.getRequestMethod().equals("POST")) {
      String url = new String(call.getRequestBody().readNBytes(2_048), StandardCharsets.UTF_8);
      String key = chosen.isEmpty() ? keys.next() : chosen;
      if (!chosen.isEmpty()) {
        var claim = ClaimKeyRequest.newBuilder().setNamespace(LINKS).setKey(chosen).build();
        node.call(claim, Key.class);
      }
      node.call(PutLinkRequest.newBuilder().setKey(key).setUrl(url).build(), Link.class);
      answer(call, 201, "http://127.0.0.1:" + http.getAddress().getPort() + "/" + key + "\n");
    } else {
      var get = GetLinkRequest.newBuilder().setKey(chosen).build();
      call.getResponseHeaders().set("Location", node.call(get, Link.class).getUrl());
      answer(call, 302, "");
    }
  }

  private static void answer(HttpExchange call, int status, String text) throws IOException {
    call.sendResponseHeaders(status, 0);
    call.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    http.stop(0);
    keys.close();
    client.close();
    gateway.close();
    node.close();
  }

  /** Runs it: data directory and port. */
  public static void main(String[] args) throws Exception {
    try (var shortener = new UrlShortener(Path.of(args[0]), Integer.parseInt(args[1]))) {
      System.out.println("http://127.0.0.1:" + shortener.http.getAddress().getPort());
      Thread.currentThread().join();
    }
  }
}
