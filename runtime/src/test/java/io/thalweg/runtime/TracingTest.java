package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Trace.Station;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.FireRequest;
import io.thalweg.runtime.test.Hook;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are followed: by which stations they come, and what carries their trace on. */
class TracingTest {
  private static final int PARTITIONS = 4;
  private static final String FROM = Bank.inPartition("from", 0, PARTITIONS);
  private static final String TO = Bank.inPartition("to", 1, PARTITIONS);

  @TempDir Path data;
  private final Followed followed = new Followed();

  /** Follows everything, and keeps what it saw. */
  private static final class Followed implements Tracing {
    final List<Seen> all = new CopyOnWriteArrayList<>();

    @Override
    public Trace begin(String method, String protocol, long startNs, Headers from) {
      return add(method, null);
    }

    @Override
    public Trace resume(String what, byte[] context, long startNs) {
      return add(what, context);
    }

    private Seen add(String what, byte @Nullable [] cause) {
      Seen seen = new Seen(what, (byte) (all.size() + 1), cause);
      all.add(seen);
      return seen;
    }

    Seen of(String what) {
      Bank.await(what, () -> all.stream().anyMatch(s -> s.what.endsWith(what) && s.end != null));
      return all.stream().filter(s -> s.what.endsWith(what)).findFirst().orElseThrow();
    }
  }

  private static final class Seen implements Trace {
    final String what;
    final byte @Nullable [] cause;
    final List<Station> stations = new CopyOnWriteArrayList<>();
    private final byte[] context = new byte[CONTEXT_BYTES];
    volatile @Nullable Code end;

    Seen(String what, byte number, byte @Nullable [] cause) {
      this.what = what;
      this.cause = cause;
      Arrays.fill(context, 0, ID_BYTES, cause == null ? number : cause[0]);
      Arrays.fill(context, ID_BYTES, CONTEXT_BYTES, number);
    }

    @Override
    public byte[] context() {
      return context;
    }

    @Override
    public void at(Station station, long atNs) {
      stations.add(station);
    }

    @Override
    public void end(Code code) {
      end = code;
    }
  }

  private Trace begun() {
    return followed.begin("test", "test", 0, name -> null);
  }

  private static Request request(com.google.protobuf.Message message, Trace trace) {
    return new Request(message, Caller.ANONYMOUS, null, Long.MAX_VALUE, trace);
  }

  private static List<byte @Nullable []> traces(Node node, PartitionId id) {
    List<byte @Nullable []> traces = new ArrayList<>();
    try (LogReader reader = node.readLog(id)) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        for (EventView event : batch) {
          traces.add(event.meta().trace());
        }
      }
    }
    return traces;
  }

  @Test
  void aFollowedCommandComesByEachStationAndItsEventsHaveItsTrace() {
    Seen seen = (Seen) begun();
    try (Node node =
        Thalweg.at(data)
            .service(Counters.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      node.call(NodeTest.add("a", 1), Counter.class);
      node.call(request(NodeTest.add("a", 2), seen), Counter.class);
      node.call(NodeTest.add("a", 3), Counter.class);
      assertThat(seen.stations)
          .containsExactly(Station.QUEUED, Station.TAKEN, Station.DECIDED, Station.DURABLE);
      // The contract, then an event of each command.
      List<byte @Nullable []> traces = traces(node, new PartitionId("counter", 0));
      assertThat(traces).hasSize(4);
      assertThat(traces.get(1)).isNull();
      assertThat(traces.get(2)).isEqualTo(seen.context());
      assertThat(traces.get(3)).isNull();
    }
  }

  @Test
  void aMessageCarriesTheTraceOn() {
    try (Node node =
        Thalweg.at(data)
            .service(Accounts.TYPE)
            .service(Statements.TYPE)
            .options(NodeOptions.defaults().withPartitions(PARTITIONS))
            .tracing(followed)
            .open()) {
      node.call(Bank.open(FROM, 100), Account.class);
      assertThat(followed.all).isEmpty();
      Trace first = begun();
      node.call(request(Bank.transfer(FROM, TO, 30), first), Account.class);
      Seen credit = followed.of("CreditRequest");
      assertThat(credit.cause).isEqualTo(first.context());
      assertThat(credit.id()).isEqualTo(first.id());
      assertThat(credit.end).isEqualTo(Code.OK);
      assertThat(credit.stations).contains(Station.TAKEN, Station.DURABLE);
      assertThat(traces(node, new PartitionId("accounts", 1))).contains(credit.context());
    }
  }

  @Test
  void anEffectIsCalledWithItsTraceparentAlsoAfterARestart() {
    Trace first = begun();
    Hooks.MENDED.set(false);
    try (Node node = hooks(Outside.silent())) {
      node.call(request(FireRequest.newBuilder().setKey("a").build(), first), Hook.class);
    }
    Outside outside = Outside.always(Outside.OK);
    try (var _ = hooks(outside)) {
      Bank.await("the call", () -> !outside.calls().isEmpty());
      List<HttpHeader> headers = outside.calls().getFirst().attempt().request().headers();
      assertThat(headers).extracting(HttpHeader::name).contains("traceparent");
      String sent =
          headers.stream()
              .filter(header -> header.name().equals("traceparent"))
              .findFirst()
              .orElseThrow()
              .value();
      assertThat(sent).matches("00-" + first.id() + "-[0-9a-f]{16}-01");
      Seen call = followed.all.getLast();
      assertThat(call.cause).isEqualTo(first.context());
      assertThat(sent).contains(HexFormat.of().formatHex(call.context(), 16, 24));
      Bank.await("its end", () -> call.end == Code.OK);
    }
  }

  private Node hooks(Outside outside) {
    return Thalweg.at(data)
        .service(Hooks.TYPE)
        .options(NodeOptions.defaults().withPartitions(1))
        .effects(outside)
        .tracing(followed)
        .open();
  }
}
