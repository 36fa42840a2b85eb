package io.thalweg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.access.v1.AuditRecord;
import io.thalweg.access.v1.ListAuditRecordsRequest;
import io.thalweg.access.v1.ListAuditRecordsResponse;
import io.thalweg.access.v1.RecordAuditRequest;
import io.thalweg.access.v1.RecordAuditResponse;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was audited, on a real node. */
class AuditRecordsTest {
  @TempDir Path data;
  private Node node;

  @BeforeEach
  void open() {
    node =
        Thalweg.at(data)
            .service(Access.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static AuditRecord record(int number) {
    return AuditRecord.newBuilder()
        .setPrincipal(number % 2 == 0 ? "key:even" : "key:odd")
        .setAction("a" + number)
        .setRefused(number % 3 == 0)
        .build();
  }

  private void keep(int project, int from, int to) {
    RecordAuditRequest.Builder request = RecordAuditRequest.newBuilder();
    IntStream.range(from, to).forEach(i -> request.addRecords(record(i)));
    node.call(
        new Request(request.build(), new Caller(project, AuditRecords.NODE), null, Long.MAX_VALUE),
        RecordAuditResponse.class);
  }

  private ListAuditRecordsResponse page(int project, ListAuditRecordsRequest.Builder request) {
    return node.call(
        new Request(request.build(), new Caller(project, "key:admin"), null, Long.MAX_VALUE),
        ListAuditRecordsResponse.class);
  }

  /** All pages. */
  private List<String> all(int project, ListAuditRecordsRequest.Builder request) {
    List<String> actions = new ArrayList<>();
    String token = "";
    do {
      ListAuditRecordsResponse page = page(project, request.setPageToken(token));
      page.getRecordsList().forEach(record -> actions.add(record.getAction()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return actions;
  }

  private static ListAuditRecordsRequest.Builder list(int pageSize) {
    return ListAuditRecordsRequest.newBuilder().setPageSize(pageSize);
  }

  @Test
  void theNewestComeFirstInPagesAndAfterARestartToo() {
    keep(0, 0, 3);
    keep(0, 3, 7);
    List<String> expected = List.of("a6", "a5", "a4", "a3", "a2", "a1", "a0");
    assertThat(all(0, list(2))).isEqualTo(expected);
    assertThat(page(0, list(2)).getRecords(0).getTime().getSeconds()).isPositive();
    node.close();
    open();
    keep(0, 7, 8);
    assertThat(all(0, list(3))).hasSize(8).startsWith("a7", "a6");
  }

  @Test
  void aProjectSeesOnlyItsOwn() {
    keep(0, 0, 1);
    keep(7, 1, 2);
    assertThat(all(0, list(10))).containsExactly("a0");
    assertThat(all(7, list(10))).containsExactly("a1");
  }

  @Test
  void whatWasRefusedAndWhatSomebodyDidIsFound() {
    keep(0, 0, 12);
    assertThat(all(0, list(2).setRefusedOnly(true))).containsExactly("a9", "a6", "a3", "a0");
    assertThat(all(0, list(2).setRefusedOnly(true).setPrincipal("key:odd")))
        .containsExactly("a9", "a3");
  }

  @Test
  void aProjectKeepsItsNewestTenThousand() {
    for (int i = 0; i < 42; i++) {
      keep(0, i * 250, (i + 1) * 250);
    }
    List<String> kept = all(0, list(1000));
    assertThat(kept).hasSize(AuditRecords.MAX_RECORDS).startsWith("a10499").endsWith("a500");
    // A filter that passes over many rows goes on from page to page.
    assertThat(all(0, list(1000).setPrincipal("key:even"))).hasSize(AuditRecords.MAX_RECORDS / 2);
  }

  @Test
  void onlyTheNodeItselfKeepsRecords() {
    for (String principal : List.of("", "key:gateway", "jwt:gateway", "operator")) {
      Request forged =
          new Request(
              RecordAuditRequest.newBuilder().addRecords(record(1)).build(),
              new Caller(0, principal),
              null,
              Long.MAX_VALUE);
      assertThatThrownBy(() -> node.call(forged, RecordAuditResponse.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.PERMISSION_DENIED));
    }
    assertThat(all(0, list(10))).isEmpty();
  }
}
