package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.access.Access;
import io.thalweg.access.identities.ApiKeyIdentities;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.Permission;
import io.thalweg.gateway.Web.Answer;
import io.thalweg.messaging.Messaging;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messaging over JSON: a device that watches, goes away and comes back. */
@Timeout(120)
class MessagingHttpTest {
  private static final String BOTH = "/v1/conversations/direct~ana~bo";

  @TempDir Path data;
  private Node node;
  private Gateway gateway;
  private Web web;

  @BeforeEach
  void start() {
    node = Thalweg.at(data).service(Access.TYPE).service(Messaging.TYPE).open();
    gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
    web = new Web(gateway.port());
  }

  @AfterEach
  void stop() {
    web.close();
    gateway.close();
    node.close();
  }

  private Answer send(String id, String text) {
    return web.post(
            BOTH + "/messages",
            "{\"user\":\"ana\",\"device\":\"phone\",\"clientMessageId\":\"%s\",\"content\":{\"text\":\"%s\"}}"
                .formatted(id, text))
        .is(200);
  }

  @Test
  void aDeviceReadsItsInboxThenWatchesOnAndMissesNothing() {
    assertThat(send("1", "Hello").at("/seq").asText()).isEqualTo("1");
    assertThat(send("1", "Hello").at("/duplicate").asBoolean()).isTrue();

    List<Long> seqs = new ArrayList<>();
    String next = "0";
    while (seqs.isEmpty()) {
      next = poll(next, seqs);
    }
    Answer items = web.get("/v1/inboxes/bo/items?device=desk").is(200);
    assertThat(items.at("/items/0/conversation").asText()).isEqualTo("direct~ana~bo");
    String order = items.at("/lastOrder").asText();
    web.post("/v1/inboxes/bo:ack", "{\"device\":\"desk\",\"order\":" + order + "}").is(200);
    Answer read = web.get("/v1/inboxes/bo/items?device=desk").is(200);
    assertThat(read.at("/items")).isEmpty();

    // The answer says where the watch begins.
    String position = read.header("thalweg-position");
    CompletableFuture<Answer> poll =
        web.sendAsync(web.request("/v1/inboxes/bo:watch?wait=60s&after=" + position).GET());
    send("2", "Are you there?");
    JsonNode item = poll.join().is(200).at("/items/0/data");
    assertThat(item.at("/seq").asText()).isEqualTo("2");
    assertThat(item.at("/afterSeq").asText()).isEqualTo("1");
    Answer page = web.get(BOTH + "/messages?user=bo&after_seq=1").is(200);
    assertThat(page.at("/messages/0/content/text").asText()).isEqualTo("Are you there?");
    assertThat(web.get("/v1/inboxes/bo/chats").is(200).at("/totalUnread").asText()).isEqualTo("2");
    web.post("/v1/inboxes/bo:markRead", "{\"conversation\":\"direct~ana~bo\",\"seq\":2}").is(200);
    assertThat(web.get("/v1/inboxes/bo/chats").is(200).at("/totalUnread").asText()).isEqualTo("0");
    web.get(BOTH + "/messages?user=cy").isError(403, "PERMISSION_DENIED", "'cy' is not a member");
  }

  private String poll(String after, List<Long> seqs) {
    Answer answer = web.get("/v1/inboxes/bo:watch?wait=60s&after=" + after).is(200);
    answer.at("/items").forEach(item -> seqs.add(item.at("/data/seq").asLong()));
    return answer.at("/next").asText();
  }

  @Test
  void aKeyThatIsLimitedToAUserActsForNobodyElse() {
    String key =
        node.call(
                CreateApiKeyRequest.newBuilder()
                    .setKey("ana-only")
                    .addPermissions(
                        Permission.newBuilder()
                            .setService("messaging")
                            .addAccess(io.thalweg.contract.Access.READ)
                            .addAccess(io.thalweg.contract.Access.WRITE)
                            .setKeyPrefix("ana"))
                    .build(),
                CreateApiKeyResponse.class)
            .getSecret();
    GatewayOptions guarded =
        GatewayOptions.builder()
            .port(0)
            .security(Security.open().withIdentities(new ApiKeyIdentities(node), true))
            .build();
    try (Gateway second = Gateway.start(node, guarded);
        Web limited = new Web(second.port())) {
      String body =
          "{\"user\":\"%s\",\"device\":\"d\",\"clientMessageId\":\"1\",\"content\":{\"text\":\"x\"}}";
      String[] credentials = {"authorization", "Bearer " + key};
      limited.post(BOTH + "/messages", body.formatted("ana"), credentials).is(200);
      limited.post(BOTH + "/messages", body.formatted("bo"), credentials).is(403);
      limited.get(BOTH + "/messages?user=ana", credentials).is(200);
      limited.get(BOTH + "/messages?user=bo", credentials).is(403);
      limited.get("/v1/inboxes/bo/chats", credentials).is(403);
      limited.get("/v1/inboxes/bo:watch?wait=0", credentials).is(403);
    }
  }
}
