package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.access.Access;
import io.thalweg.access.v1.AuditRecord;
import io.thalweg.access.v1.ListAuditRecordsRequest;
import io.thalweg.access.v1.ListAuditRecordsResponse;
import io.thalweg.edge.AuditListener;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is audited is kept, without anybody waiting for it, and a storm of it is not. */
class NodeAuditTest {
  @TempDir Path data;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private static AuditListener.Entry entry(int project, String action, @Nullable String trace) {
    return new AuditListener.Entry(
        new Caller(project, "key:x"), action, Code.PERMISSION_DENIED, 1, trace);
  }

  private static List<AuditRecord> kept(Node node, int project) {
    List<AuditRecord> all = new ArrayList<>();
    String token = "";
    do {
      ListAuditRecordsResponse page =
          node.call(
              new Request(
                  ListAuditRecordsRequest.newBuilder()
                      .setPageSize(1000)
                      .setPageToken(token)
                      .build(),
                  new Caller(project, "test"),
                  null,
                  Long.MAX_VALUE),
              ListAuditRecordsResponse.class);
      all.addAll(page.getRecordsList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return all;
  }

  @Test
  void whatIsHeardIsKeptInItsProject() {
    try (Node node = Thalweg.open(data, Access.TYPE)) {
      try (NodeAudit audit = NodeAudit.start(node, meters)) {
        audit.heard(entry(0, "ours", "4bf92f3577b34da6a3ce929d0e0e4736"));
        audit.heard(entry(3, "theirs", null));
      }
      AuditRecord ours = kept(node, 0).getFirst();
      assertThat(ours.getAction()).isEqualTo("ours");
      assertThat(ours.getCode()).isEqualTo("PERMISSION_DENIED");
      assertThat(ours.getTraceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
      assertThat(kept(node, 3)).extracting(AuditRecord::getAction).containsExactly("theirs");
    }
  }

  @Test
  void aStormIsSampledAndWhatWasLeftOutIsCounted() {
    int storm = 50_000;
    try (Node node = Thalweg.open(data, Access.TYPE)) {
      long leftOut;
      try (NodeAudit audit = NodeAudit.start(node, meters)) {
        for (int i = 0; i < storm; i++) {
          audit.heard(entry(0, "storm", null));
        }
        leftOut = (long) meters.get("thalweg.audit.left.out").counter().count();
        assertThat(leftOut).isPositive();
      }
      List<AuditRecord> kept = kept(node, 0);
      assertThat(kept.size() + leftOut).isEqualTo(storm);
      long told = kept.stream().mapToLong(AuditRecord::getLeftOut).sum();
      assertThat(told).isLessThanOrEqualTo(leftOut);
    }
  }
}
