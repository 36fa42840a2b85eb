package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpMethod;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.MethodType;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, through the protocols and with real keys. */
@Timeout(120)
class CredentialsTest {
  @TempDir static Path data;
  private static GuardedNode node;
  private static Web web;
  private static ManagedChannel channel;
  private static int shop;
  private static String[] root;
  private static String[] shopAdmin;

  @BeforeAll
  static void start() {
    node = new GuardedNode(data);
    web = new Web(node.port());
    channel = NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
    shop = node.project("shop");
    root = node.bearer(0, "root", "*:admin");
    shopAdmin = node.bearer(shop, "root", "*:admin");
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    web.close();
    node.close();
  }

  @Test
  void withoutCredentialsNoMethodAnswers() {
    for (MethodType method : node.node.methods()) {
      for (HttpBinding binding :
          method.internal() ? List.<HttpBinding>of() : HttpBinding.of(method)) {
        String path = binding.path().toString().replaceAll("\\{[^}]*}", "x");
        assertThat(anonymously(binding.httpMethod(), path).http().statusCode())
            .as("%s %s", binding.httpMethod(), path)
            .isEqualTo(401);
      }
      if (!method.internal() && method.kind() != MethodKind.WATCH) {
        assertThatThrownBy(() -> grpc(method, filled(method), null))
            .isInstanceOf(StatusRuntimeException.class)
            .satisfies(e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.UNAUTHENTICATED))
            .hasMessageContaining("Authorization: Bearer");
      }
    }
    web.get("/metrics").isError(401, "UNAUTHENTICATED");
    web.get("/v1/operations/backup").isError(401, "UNAUTHENTICATED");
    web.get("/livez").is(200);
    web.get("/readyz").is(200);
    assertThat(web.get("/metrics").header("www-authenticate")).isEqualTo("Bearer");
  }

  @Test
  void noMethodOfAnyServiceShowsAnotherProjectsData() {
    // What the shop has, under names that the default project asks for.
    web.post("/v1/boards/secret/scores", "{\"member\":\"hidden\",\"score\":7}", shopAdmin).is(200);
    web.post("/v1/boards/secret:reset", "{}", shopAdmin).is(200);
    web.post("/v1/boards/secret/scores", "{\"member\":\"hidden\",\"score\":7}", shopAdmin).is(200);
    web.post(
            "/v1/apiKeys/hidden",
            "{\"permissions\":[{\"service\":\"*\",\"access\":[\"READ\"]}]}",
            shopAdmin)
        .is(200);
    String other = node.key(0, "walker", "*:admin");
    int asked = 0;
    for (MethodType method : node.node.methods()) {
      if (method.internal() || method.kind() == MethodKind.WATCH) {
        continue;
      }
      String answer;
      try {
        answer = grpc(method, filled(method), other).toString();
      } catch (StatusRuntimeException e) {
        answer = e.toString();
      }
      // The names that were asked for may be said back; what is behind them may not.
      assertThat(answer).as(method.fullName()).doesNotContain("hidden", "score: 7");
      asked++;
    }
    assertThat(asked).isGreaterThan(20);
    assertThat(web.get("/v1/boards", root).http().body()).doesNotContain("secret");
    web.get("/v1/boards/secret/entries/hidden", shopAdmin).is(200);
  }

  @Test
  void aPermissionNamesServiceAccessAndPrefix() {
    String[] reader = node.bearer(shop, "reader", "leaderboard:read");
    String[] eu = node.bearer(shop, "eu", "leaderboard:read+write:eu-");
    String score = "{\"member\":\"ana\",\"score\":1}";
    web.post("/v1/boards/eu-1/scores", score, reader)
        .isError(403, "PERMISSION_DENIED", "leaderboard:write");
    web.post("/v1/boards/eu-1/scores", score, eu).is(200);
    web.get("/v1/boards/eu-1/entries", reader).is(200);
    web.post("/v1/boards/us-1/scores", score, eu).isError(403, "PERMISSION_DENIED", "'us-1'");
    // Routed by the member, it reaches boards.
    String many = "{\"boards\":[\"eu-1\",\"us-1\"],\"score\":1}";
    web.post("/v1/members/eu-ana/scores", many, eu).isError(403, "PERMISSION_DENIED", "'us-1'");
    web.get("/v1/boards", eu).isError(403, "PERMISSION_DENIED", "all keys");
    web.post("/v1/apiKeys/mine", "{}", eu).isError(403, "PERMISSION_DENIED", "access:admin");
  }

  @Test
  void operationsAreForOperatorsOfTheDefaultProject() {
    web.get("/metrics", root).is(200);
    web.get("/v1/operations/backup", root).is(200);
    web.get("/metrics", shopAdmin).isError(403, "PERMISSION_DENIED", "operations:read");
    web.get("/v1/operations/backup", shopAdmin).isError(403, "PERMISSION_DENIED");
    String[] scraper = node.bearer(0, "scraper", "operations:read");
    web.get("/metrics", scraper).is(200);
    web.get("/v1/operations/backup", scraper).isError(403, "PERMISSION_DENIED", "operations:admin");
    web.post("/v1/projects/mine", "{}", shopAdmin).isError(403, "PERMISSION_DENIED");
  }

  @Test
  void anOperatorMayActInAProjectByNameAndOthersMayNot() {
    web.post("/v1/boards/chosen/scores", "{\"member\":\"a\",\"score\":1}", shopAdmin).is(200);
    String[] inShop = {root[0], root[1], Visitors.PROJECT_HEADER, "shop"};
    web.get("/v1/boards/chosen", inShop).is(200);
    web.get("/v1/boards/chosen", root).is(404);
    String[] away = {shopAdmin[0], shopAdmin[1], Visitors.PROJECT_HEADER, "default"};
    web.get("/v1/boards/chosen", away).isError(403, "PERMISSION_DENIED");
    String[] nowhere = {root[0], root[1], Visitors.PROJECT_HEADER, "nowhere"};
    web.get("/v1/boards/chosen", nowhere).isError(404, "NOT_FOUND", "nowhere");
  }

  @Test
  void aRevokedKeyOpensNothingSoonAfter() throws InterruptedException {
    String[] brief = node.bearer(0, "brief", "leaderboard:read");
    web.get("/v1/boards", brief).is(200);
    node.revoke(0, "brief");
    long endNs = System.nanoTime() + 10 * Sessions.REMEMBERED.toNanos();
    while (web.get("/v1/boards", brief).http().statusCode() != 401) {
      assertThat(System.nanoTime()).isLessThan(endNs);
      Thread.sleep(20);
    }
  }

  @Test
  void whatIsNoCredentialIsRefusedWithAReason() {
    web.get("/v1/boards", "authorization", "Basic abc").isError(401, "UNAUTHENTICATED", "Bearer");
    web.get("/v1/boards", "authorization", "Bearer nonsense")
        .isError(401, "UNAUTHENTICATED", "unknown, revoked or expired");
    web.get("/v1/boards?access_token=nonsense").isError(401, "UNAUTHENTICATED");
    web.get("/v1/boards?access_token=" + root[1].substring("Bearer ".length())).is(200);
  }

  @Test
  void aKeyIsCreatedListedAndRevokedThroughTheGatewayAndShownOnce() {
    Web.Answer created =
        web.post(
            "/v1/apiKeys/through-http",
            "{\"permissions\":[{\"service\":\"leaderboard\",\"access\":[\"READ\"]}]}",
            root);
    String secret = created.is(200).at("/secret").asText();
    web.get("/v1/boards", "authorization", "Bearer " + secret).is(200);
    assertThat(web.get("/v1/apiKeys", root).http().body())
        .contains("through-http")
        .doesNotContain(secret)
        .doesNotContain("hash");
    assertThat(created.at("/apiKey/creator").asText()).isEqualTo("key:root");
    web.send(web.request("/v1/apiKeys/through-http", root).DELETE()).is(200);
    web.post(
            "/v1/apiKeys/named",
            "{\"permissions\":[{\"service\":\"*\",\"access\":[\"READ\"]}]}",
            root[0],
            root[1],
            "Idempotency-Key",
            "once")
        .isError(400, "INVALID_ARGUMENT", "stored");
  }

  @Test
  void aWatchNeedsCredentialsToo() throws Exception {
    web.post("/v1/boards/watched/scores", "{\"member\":\"a\",\"score\":1}", root).is(200);
    String path = "/v1/boards/watched/events:watch?after=0&access_token=";
    web.get(path + "nonsense").isError(401, "UNAUTHENTICATED");
    try (SseClient events =
        new SseClient(node.port(), path + root[1].substring("Bearer ".length()))) {
      assertThat(events.next().data().toString()).contains("watched");
    }
  }

  private static Web.Answer anonymously(HttpMethod method, String path) {
    return web.method(method.name(), path, method == HttpMethod.GET ? "" : "{}");
  }

  /** A request whose texts name what the shop has, and whose numbers are 1. */
  private static Message filled(MethodType method) {
    Message.Builder request = method.request().newBuilderForType();
    for (FieldDescriptor field : request.getDescriptorForType().getFields()) {
      if (field.getName().equals("page_token")) {
        continue;
      }
      if (field.getJavaType() == FieldDescriptor.JavaType.STRING) {
        String value = field.getName().equals("board") ? "secret" : "other";
        if (field.isRepeated()) {
          request.addRepeatedField(field, value);
        } else {
          request.setField(field, value);
        }
      } else if (field.getJavaType() == FieldDescriptor.JavaType.INT && !field.isRepeated()) {
        request.setField(field, 1);
      }
    }
    return request.build();
  }

  private static Message grpc(MethodType method, Message request, @Nullable String key) {
    MethodDescriptor<Message, Message> descriptor =
        MethodDescriptor.<Message, Message>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method.fullName())
            .setRequestMarshaller(ProtoUtils.marshaller(method.request()))
            .setResponseMarshaller(ProtoUtils.marshaller(method.reply()))
            .build();
    Metadata headers = new Metadata();
    if (key != null) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    }
    return ClientCalls.blockingUnaryCall(
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
        descriptor,
        CallOptions.DEFAULT,
        request);
  }
}
