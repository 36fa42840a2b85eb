package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.edge.AuditListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What operators do is said each time, and that they look at something is not. */
class AuditTest {
  private static final String LOG = "/v1/operations/services/leaderboard/partitions/0/events";
  private static final String CHECKPOINTS = "/v1/operations/checkpoints";

  @Test
  void whoLooksAgainAndAgainIsSaidOnceAndWhoActsEachTime() {
    List<AuditListener.Entry> said = new CopyOnWriteArrayList<>();
    try (RunningNode node =
            new RunningNode(options -> options.security(Security.open().withAudit(said::add)));
        Web web = new Web(node.port())) {
      for (int i = 0; i < 20; i++) {
        assertThat(web.get(LOG + "?limit=1").http().statusCode()).isEqualTo(200);
      }
      web.get(CHECKPOINTS);
      web.post(CHECKPOINTS, "");
      web.post(CHECKPOINTS, "");
    }
    assertThat(said)
        .extracting(AuditListener.Entry::action)
        .containsExactly(
            "GET " + LOG, "GET " + CHECKPOINTS, "POST " + CHECKPOINTS, "POST " + CHECKPOINTS);
  }
}
