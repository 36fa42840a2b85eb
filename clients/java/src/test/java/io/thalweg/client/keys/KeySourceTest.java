package io.thalweg.client.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.keys.Keys;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.Order;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a source of keys promises, with a real server. Each test has a namespace of its own. */
@Timeout(300)
class KeySourceTest {
  @TempDir static Path data;
  private static Node node;
  private static Gateway gateway;
  private static ThalwegClient client;
  private static KeysClient keys;

  @BeforeAll
  static void start() {
    node = Thalweg.open(data, Keys.TYPE);
    gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
    client = ThalwegClient.at(url()).timeout(Duration.ofMinutes(1)).open();
    keys = KeysClient.of(client);
  }

  @AfterAll
  static void stop() {
    client.close();
    gateway.close();
    node.close();
  }

  private static String url() {
    return "http://127.0.0.1:" + gateway.port();
  }

  @Test
  void theNextBlockIsThereBeforeItIsNeeded() {
    create("buffer", Order.UNGUESSABLE);
    try (KeySource source = keys.source("buffer").blockSize(100).open()) {
      for (int block = 0; block < 20; block++) {
        for (int i = 0; i < 90; i++) {
          source.next();
        }
        await(source::hasSpare);
        for (int i = 0; i < 10; i++) {
          source.next();
        }
      }
      assertThat(source.waits()).as("only the first block was waited for").isLessThan(2);
    }
  }

  @Test
  void whatIsLeftIsHandedBackAtTheEnd() {
    create("back", Order.UNGUESSABLE);
    List<String> given = new ArrayList<>();
    for (int run = 0; run < 5; run++) {
      try (KeySource source = keys.source("back").blockSize(40).open()) {
        for (int i = 0; i < 70 + run; i++) {
          given.add(source.next());
        }
      }
    }
    assertThat(given).doesNotHaveDuplicates().hasSize(360);
    assertThat(counts("back")).returns(360L, KeyCounts::getUsed).returns(0L, KeyCounts::getLeased);
  }

  @Test
  void manyThreadsAreNeverGivenTheSameKey() throws InterruptedException {
    create("threads", Order.UNGUESSABLE);
    Set<String> seen = ConcurrentHashMap.newKeySet();
    try (KeySource source = keys.source("threads").blockSize(700).open()) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  String[] some = new String[50];
                  for (int round = 0; round < 20; round++) {
                    source.next(some);
                    seen.addAll(List.of(some));
                    seen.add(source.next());
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(seen).hasSize(8 * 20 * 51);
    assertThat(counts("threads").getUsed()).isEqualTo(8 * 20 * 51);
  }

  @Test
  void aBlockIsGivenUpWhenItsLeaseIsOver() {
    create("fence", Order.SEQUENTIAL);
    long startNs = System.nanoTime();
    try (KeySource source =
        keys.source("fence").blockSize(10).lease(Duration.ofSeconds(1)).open()) {
      assertThat(source.next()).isEqualTo("000000");
      long first = epochOf("fence", "000001");
      await(() -> System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(3));
      source.next();
      // Whatever is given now is of a later lease: the first one is no more.
      assertThat(epochOf("fence", "000002")).isGreaterThan(first);
    }
    assertThat(counts("fence").getLeased()).isZero();
  }

  @Test
  void aSourceOfAnUnknownNamespaceSaysSoAndWorksOnceThereIsOne() {
    try (KeySource source = keys.source("later").open()) {
      ThalwegException refusal = catchThrowableOfType(ThalwegException.class, source::next);
      assertThat(refusal.code()).isEqualTo(Code.NOT_FOUND);
      create("later", Order.SEQUENTIAL);
      assertThat(source.next()).isEqualTo("000000");
    }
  }

  @Test
  void aClosedSourceGivesNothing() {
    create("closed", Order.SEQUENTIAL);
    KeySource source = keys.source("closed").open();
    source.close();
    assertThatThrownBy(source::next)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the source of keys is closed");
    assertThat(counts("closed").getUsed()).isZero();
    assertThat(counts("closed").getLeased()).isZero();
  }

  @Test
  void everyMethodHasItsPath() throws Exception {
    String base = "/v1/namespaces/web";
    assertThat(
            post(
                base,
                "{\"settings\":{\"order\":\"SEQUENTIAL\",\"alphabet\":\"0123456789\",\"length\":4}}"))
        .contains("\"total\":\"10000\"", "\"unused\":\"10000\"");
    assertThat(post(base + "/keys:next", "{\"count\":2}"))
        .isEqualTo("{\"keys\":[\"0000\",\"0001\"]}");
    assertThat(post(base + "/leases", "{\"count\":5,\"holder\":\"a\"}"))
        .contains("\"epoch\":\"1\"", "\"runs\":[{\"start\":\"2\",\"count\":\"5\"}]");
    assertThat(post(base + "/keys:use", "{\"keys\":[{\"key\":\"0003\"}]}"))
        .isEqualTo("{\"used\":\"1\"}");
    assertThat(get(base + "/leases")).contains("\"holder\":\"a\"", "\"unknown\":\"4\"");
    assertThat(get(base + "/keys/0002")).contains("\"state\":\"LEASED\"", "\"leaseEpoch\":\"1\"");
    assertThat(post(base + "/leases:return", "{\"lease\":{\"epoch\":\"1\",\"handedOut\":\"1\"}}"))
        .isEqualTo("{\"handedBack\":\"3\"}");
    assertThat(post(base + "/keys:claim", "{\"key\":\"my-name\"}")).contains("\"state\":\"USED\"");
    assertThat(post(base + "/keys:release", "{\"keys\":[{\"key\":\"0000\"}]}"))
        .isEqualTo("{\"released\":\"1\"}");
    assertThat(get(base)).contains("\"used\":\"3\"", "\"custom\":\"1\"", "\"released\":\"1\"");
    assertThat(get("/v1/namespaces?pageSize=1000")).contains("\"namespace\":\"web\"");
    assertThat(send(HttpRequest.newBuilder(uri(base)).DELETE())).isEqualTo("{}");
    assertThat(get(base)).contains("there is no namespace 'web'");
  }

  private static String get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  private static String post(String path, String body) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static URI uri(String path) {
    return URI.create(url() + path);
  }

  private static String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  private static void create(String name, Order order) {
    Namespace namespace =
        keys.createNamespace(
                CreateNamespaceRequest.newBuilder()
                    .setNamespace(name)
                    .setSettings(
                        NamespaceSettings.newBuilder()
                            .setOrder(order)
                            .setAlphabet("0123456789")
                            .setLength(6))
                    .build())
            .await();
    assertThat(namespace.getCounts().getTotal()).isEqualTo(1_000_000);
  }

  private static KeyCounts counts(String name) {
    return keys.getNamespace(GetNamespaceRequest.newBuilder().setNamespace(name).build())
        .await()
        .getCounts();
  }

  private static long epochOf(String name, String key) {
    return keys.getKey(GetKeyRequest.newBuilder().setNamespace(name).setKey(key).build())
        .await()
        .getLeaseEpoch();
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
  }
}
