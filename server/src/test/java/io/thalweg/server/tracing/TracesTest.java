package io.thalweg.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.trace.v1.Span;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.server.TestNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real receiver of traces is sent of requests by each protocol. */
class TracesTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  private static final MethodDescriptor<GetEntryRequest, Entry> GET =
      MethodDescriptor.<GetEntryRequest, Entry>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("thalweg.leaderboard.v1.Leaderboards/GetEntry")
          .setRequestMarshaller(ProtoUtils.marshaller(GetEntryRequest.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(Entry.getDefaultInstance()))
          .build();

  @TempDir Path data;
  private final HttpClient http = HttpClient.newHttpClient();

  private static String traceparent(String trace, String flags) {
    return "00-" + trace + "-" + SPAN + "-" + flags;
  }

  private static ByteString hex(String text) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text));
  }

  private static Span named(List<Span> spans, String end) {
    return spans.stream().filter(s -> s.getName().endsWith(end)).findFirst().orElseThrow();
  }

  private void submit(TestNode node, String traceparent) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(node.url() + "/v1/boards/demo/scores"))
            .header("content-type", "application/json")
            .header("traceparent", traceparent)
            .POST(HttpRequest.BodyPublishers.ofString("{\"member\":\"ana\",\"score\":7}"))
            .build();
    assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aCommandByJsonIsFollowedFromTheEdgeToTheLogAndBack() throws Exception {
    try (Collector collector = new Collector()) {
      try (TestNode node = TestNode.traced(data, collector.url())) {
        submit(node, traceparent(TRACE, "01"));
      }
      List<Span> spans = collector.spans();
      assertThat(spans).allMatch(span -> span.getTraceId().equals(hex(TRACE)));
      Span request = named(spans, "/SubmitScore");
      assertThat(request.getParentSpanId()).isEqualTo(hex(SPAN));
      assertThat(request.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
      for (String stage : List.of("queue", "execute", "durable")) {
        Span span = named(spans, stage);
        assertThat(span.getParentSpanId()).as(stage).isEqualTo(request.getSpanId());
        assertThat(span.getStartTimeUnixNano())
            .isGreaterThanOrEqualTo(request.getStartTimeUnixNano());
        assertThat(span.getEndTimeUnixNano()).isLessThanOrEqualTo(request.getEndTimeUnixNano());
      }
      assertThat(named(spans, "queue").getEndTimeUnixNano())
          .isEqualTo(named(spans, "execute").getStartTimeUnixNano());
      assertThat(named(spans, "execute").getEndTimeUnixNano())
          .isEqualTo(named(spans, "durable").getStartTimeUnixNano());
      assertThat(collector.services()).contains("thalweg");
    }
  }

  @Test
  void aRequestThatItsClientDoesNotSampleIsNotFollowedAndOneWithoutTraceBeginsOne()
      throws Exception {
    try (Collector collector = new Collector()) {
      try (TestNode node = TestNode.traced(data, collector.url())) {
        submit(node, traceparent(TRACE, "00"));
        submit(node, "nonsense");
      }
      assertThat(collector.spans()).isNotEmpty();
      assertThat(collector.spans()).noneMatch(span -> span.getTraceId().equals(hex(TRACE)));
      assertThat(named(collector.spans(), "/SubmitScore").getParentSpanId()).isEmpty();
    }
  }

  @Test
  void aQueryByGrpcIsFollowed() throws Exception {
    try (Collector collector = new Collector()) {
      try (TestNode node = TestNode.traced(data, collector.url())) {
        submit(node, traceparent(TRACE, "00"));
        ManagedChannel channel =
            NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
        try {
          Metadata headers = new Metadata();
          headers.put(
              Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
              traceparent(TRACE, "01"));
          Entry entry =
              ClientCalls.blockingUnaryCall(
                  ClientInterceptors.intercept(
                      channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                  GET,
                  CallOptions.DEFAULT,
                  GetEntryRequest.newBuilder().setBoard("demo").setMember("ana").build());
          assertThat(entry.getScore()).isEqualTo(7);
        } finally {
          channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
      }
      Span request = named(collector.spans(), "/GetEntry");
      assertThat(request.getTraceId()).isEqualTo(hex(TRACE));
      assertThat(request.getParentSpanId()).isEqualTo(hex(SPAN));
    }
  }

  @Test
  void aCallByWebSocketIsFollowedByItsOwnTraceOrThatOfItsHandshake() throws Exception {
    String other = "0af7651916cd43dd8448eb211c80319c";
    try (Collector collector = new Collector()) {
      try (TestNode node = TestNode.traced(data, collector.url())) {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket =
            http.newWebSocketBuilder()
                .header("traceparent", traceparent(TRACE, "01"))
                .buildAsync(
                    URI.create(node.url().replace("http", "ws") + "/connection/websocket"),
                    new Replies(heard))
                .join();
        String submit = "{\"board\":\"demo\",\"member\":\"ana\",\"score\":7}";
        say(socket, heard, "{\"id\":1,\"connect\":{}}");
        say(socket, heard, rpc(2, "leaderboard/SubmitScore?name=once", submit));
        String own = "leaderboard/GetEntry?traceparent=" + traceparent(other, "01");
        say(socket, heard, rpc(3, own, "{\"board\":\"demo\",\"member\":\"ana\"}"));
        String both = "leaderboard/SubmitScore?name=once&traceparent=" + traceparent(other, "01");
        say(socket, heard, rpc(4, both, submit));
        socket.abort();
      }
      assertThat(named(collector.spans(), "/SubmitScore").getTraceId()).isEqualTo(hex(TRACE));
      assertThat(named(collector.spans(), "/GetEntry").getTraceId()).isEqualTo(hex(other));
      assertThat(collector.spans().stream().filter(s -> s.getName().endsWith("/SubmitScore")))
          .extracting(Span::getTraceId)
          .containsExactlyInAnyOrder(hex(TRACE), hex(other));
    }
  }

  private static String rpc(int id, String method, String data) {
    return "{\"id\":%d,\"rpc\":{\"method\":\"%s\",\"data\":%s}}".formatted(id, method, data);
  }

  private static void say(WebSocket socket, BlockingQueue<String> heard, String command)
      throws InterruptedException {
    socket.sendText(command, true).join();
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isNotNull().doesNotContain("\"error\"");
  }

  private record Replies(BlockingQueue<String> heard) implements WebSocket.Listener {
    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      heard.add(text.toString());
      socket.request(1);
      return null;
    }
  }

  @Test
  void aReceiverThatIsAwayHoldsNothingUp() throws Exception {
    String away;
    try (Collector collector = new Collector()) {
      away = collector.url();
    }
    try (TestNode node = TestNode.traced(data, away)) {
      submit(node, traceparent(TRACE, "01"));
    }
  }

  @Test
  void anEndpointThatIsNoUrlIsRefused() {
    assertThatThrownBy(() -> OpenTelemetryTracing.start("4318", new SimpleMeterRegistry()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("otlp-endpoint must be a URL")
        .hasMessageContaining("4318");
  }

  @Test
  void theStandardVariablesSwitchItOnAndOff() {
    String variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    assertThat(OpenTelemetryTracing.isWanted(Map.of())).isFalse();
    assertThat(OpenTelemetryTracing.isWanted(Map.of(variable, "http://x:4318"))).isTrue();
    assertThat(
            OpenTelemetryTracing.isWanted(
                Map.of(variable, "http://x:4318", "OTEL_SDK_DISABLED", "true")))
        .isFalse();
  }
}
