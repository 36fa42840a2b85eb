package io.thalweg.gateway;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A node for all tests of a class, and for each test a board of its own and a client. */
final class Boards
    implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final Consumer<GatewayOptions.Builder> options;
  private @Nullable RunningNode node;
  private @Nullable Web web;
  private String board = "";

  /** With what differs from the default options. */
  Boards(Consumer<GatewayOptions.Builder> options) {
    this.options = options;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    node = new RunningNode(options);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    board = "/v1/boards/b" + NUMBERS.incrementAndGet();
    web = new Web(port());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    web().close();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    node().close();
  }

  RunningNode node() {
    return Objects.requireNonNull(node);
  }

  int port() {
    return node().port();
  }

  Web web() {
    return Objects.requireNonNull(web);
  }

  /** The path of this test's board. */
  String board() {
    return board;
  }

  /** The path by which this test's board is watched. */
  String watch() {
    return board + "/events:watch";
  }

  /** The answer to watching this test's board as a request. */
  Web.Answer watching(String query, String... headers) {
    return web().get(watch() + query, headers);
  }

  /** Restarts the node, and has the client find it again. */
  void restart() {
    node().restart();
    web().close();
    web = new Web(port());
  }

  void submit(String member, int score) {
    web()
        .post(board + "/scores", "{\"member\":\"" + member + "\",\"score\":" + score + "}")
        .is(200);
  }
}
