package io.thalweg.keys;

import static io.thalweg.keys.Requests.failureOf;
import static io.thalweg.keys.Requests.keysOf;
import static io.thalweg.keys.Requests.lease;
import static io.thalweg.keys.Requests.release;
import static io.thalweg.keys.Requests.use;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.Order;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens at the bounds of leases. */
@Timeout(300)
class LeaseBoundsTest {
  @TempDir Path data;

  @Test
  void atThousandOpenLeasesTheOldestExpiredOnesAreForgottenAndTheirKeysStayOfUnknownFate() {
    try (Node node = Thalweg.open(data, Keys.TYPE)) {
      node.call(Requests.create("many", Order.UNGUESSABLE, "0123456789", 6), Namespace.class);
      for (int done = 0; done < Bounds.MAX_LEASES; done++) {
        var one = lease("many", 2).toBuilder().setTtlMs(done < 3 ? 1_000 : 600_000).build();
        node.call(one, LeaseKeysResponse.class);
      }
      while (get(node).getCounts().getLeasedExpired() < 6) {
        LockSupport.parkNanos(50_000_000);
      }
      for (int i = 0; i < 3; i++) {
        node.call(lease("many", 2), LeaseKeysResponse.class);
      }
      assertThat(get(node).getOpenLeases()).isEqualTo(1_000);
      assertThat(get(node).getCounts().getLeased()).isEqualTo(2_006);
      assertThat(get(node).getCounts().getLeasedExpired()).isEqualTo(6);
      var refusal = failureOf(() -> node.call(lease("many", 2), LeaseKeysResponse.class));
      assertThat(refusal.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(refusal)
          .hasMessage(
              "namespace 'many' has 1000 open leases, none of which has expired; hand some back");
    }
  }

  @Test
  void aBlockIsCutIntoSoManyPiecesAndNoMore() {
    try (Node node = Thalweg.open(data, Keys.TYPE)) {
      node.call(Requests.create("many", Order.SEQUENTIAL, "0123456789", 6), Namespace.class);
      List<String> keys = keysOf(node.call(lease("many", 4_000), LeaseKeysResponse.class));
      String[] everySecond =
          IntStream.range(0, 1_000).mapToObj(i -> keys.get(i * 2 + 1)).toArray(String[]::new);
      node.call(use("many", everySecond), Message.class);
      assertThat(get(node).getRanges()).isEqualTo(1_001);
      String[] more =
          IntStream.range(0, 100).mapToObj(i -> keys.get(2_101 + i * 2)).toArray(String[]::new);
      assertThat(failureOf(() -> node.call(use("many", more), Message.class)).code())
          .isEqualTo(Code.RESOURCE_EXHAUSTED);
      node.call(release("many", everySecond), Message.class);
      assertThat(get(node).getRanges()).as("a row for each change of state").isEqualTo(2_001);
      node.call(Requests.giveBack("many", 1, 4_000), Message.class);
      assertThat(get(node).getRanges()).isEqualTo(1_000);
      assertThat(get(node).getCounts().getUsed()).isEqualTo(3_000);
    }
  }

  private static Namespace get(Node node) {
    return node.call(
        GetNamespaceRequest.newBuilder().setNamespace("many").build(), Namespace.class);
  }
}
