package io.thalweg.client.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.keys.Keys;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys one at a time for many callers, from a real server. */
class NextKeysTest {
  @Test
  void everyCallerGetsAKeyOfItsOwnAndTheLastOnesAreGivenOut(@TempDir Path data) throws Exception {
    try (Node node = Thalweg.open(data, Keys.TYPE);
        Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
        ThalwegClient client =
            ThalwegClient.at("http://127.0.0.1:" + gateway.port())
                .timeout(Duration.ofMinutes(1))
                .open()) {
      KeysClient keys = KeysClient.of(client);
      manyCallers(keys);
      tooManyForASmallNamespace(keys);
    }
  }

  private static void manyCallers(KeysClient keys) throws InterruptedException {
    keys.createNamespace(CreateNamespaceRequest.newBuilder().setNamespace("many").build()).await();
    NextKeys next = keys.nextOf("many");
    Set<String> given = ConcurrentHashMap.newKeySet();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int k = 0; k < 20; k++) {
                  given.add(next.next().join());
                }
              }));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(given).hasSize(1_000);
    assertThat(
            keys.getNamespace(GetNamespaceRequest.newBuilder().setNamespace("many").build())
                .await()
                .getCounts()
                .getUsed())
        .isEqualTo(1_000);
  }

  private static void tooManyForASmallNamespace(KeysClient keys) {
    keys.createNamespace(
            CreateNamespaceRequest.newBuilder()
                .setNamespace("small")
                .setSettings(NamespaceSettings.newBuilder().setAlphabet("0123456789").setLength(1))
                .build())
        .await();
    NextKeys next = keys.nextOf("small");
    List<CompletableFuture<String>> asked = new ArrayList<>();
    for (int i = 0; i < 13; i++) {
      asked.add(next.next());
    }
    CompletableFuture<Void> all = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
    assertThatThrownBy(all::join)
        .cause()
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(Code.RESOURCE_EXHAUSTED));
    assertThat(
            asked.stream()
                .filter(key -> !key.isCompletedExceptionally())
                .map(CompletableFuture::join))
        .hasSize(10)
        .doesNotHaveDuplicates();
  }
}
