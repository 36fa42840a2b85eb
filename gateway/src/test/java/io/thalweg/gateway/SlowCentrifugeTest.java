package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.gateway.test.Everything;
import io.thalweg.runtime.Position;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client of Centrifuge that asks for much and reads nothing. */
@Timeout(300)
class SlowCentrifugeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PATH = "/connection/websocket";
  private static final int BIG = 1 << 20;

  /** Fits below the bound. */
  private static final int FEW = (int) (CentrifugeConnection.MAX_WAITING_BYTES / BIG) - 2;

  /** Far above it, also when the sockets of both sides hold a few megabytes. */
  private static final int MANY = 64;

  private final ScriptedNode node = new ScriptedNode();

  SlowCentrifugeTest() {
    Everything big = Everything.newBuilder().setAString("x".repeat(BIG)).build();
    node.script = (request, handler) -> handler.reply(big, new Position(1, 0, 41));
  }

  private static void connect(StalledSocket client) throws IOException {
    client.send("{\"id\":1,\"connect\":{}}");
    assertThat(JSON.readTree(client.next()).has("connect")).isTrue();
  }

  private static void call(StalledSocket client, int id) throws IOException {
    client.send(
        "{\"id\":" + id + ",\"rpc\":{\"method\":\"thalweg.gateway.test.Things/GetThing\"}}");
  }

  private double waiting() {
    return node.meters().get("thalweg.gateway.watch.waiting").gauge().value();
  }

  private double cut() {
    return node.meters().get("thalweg.gateway.watch.cut").counter().count();
  }

  private double fullest() {
    return node.meters()
        .get("thalweg.saturation")
        .tag("bound", "centrifuge-waiting")
        .tag("of", "fullest connection")
        .gauge()
        .value();
  }

  @Test
  void whoLetsMoreWaitThanTheBoundIsCutAndNobodyElse() throws Exception {
    try (Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
        StalledSocket patient = new StalledSocket(gateway.port(), PATH);
        StalledSocket greedy = new StalledSocket(gateway.port(), PATH)) {
      connect(patient);
      connect(greedy);
      for (int i = 0; i < FEW; i++) {
        call(patient, i + 2);
      }
      Eventually.until("all are answered", () -> node.requests.size() == FEW);
      Eventually.until("they wait", () -> fullest() > 0);
      assertThat(fullest()).isLessThan(1);

      for (int i = 0; i < MANY; i++) {
        call(greedy, i + 2);
      }
      assertThat(greedy.ends()).isTrue();
      Eventually.until("it is counted once", () -> cut() == 1);

      // Below the bound everything waits until it is read.
      for (int i = 0; i < FEW; i++) {
        assertThat(JSON.readTree(patient.next()).at("/rpc/data/aString").asText()).hasSize(BIG);
      }
      Eventually.until("nothing waits", () -> waiting() == 0);
      assertThat(cut()).isEqualTo(1);
    }
  }
}
