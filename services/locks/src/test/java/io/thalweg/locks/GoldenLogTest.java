package io.thalweg.locks;

import static io.thalweg.locks.LocksOnNode.SPACE;
import static io.thalweg.locks.LocksOnNode.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.Guard;
import io.thalweg.contract.check.Releases;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.locks.v1.ArriveRequest;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.DeleteRegisterRequest;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.GetSpaceRequest;
import io.thalweg.locks.v1.LeaveBarrierRequest;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.ProclaimRequest;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.SetSpaceLimitsRequest;
import io.thalweg.locks.v1.SpaceLimits;
import io.thalweg.locks.v1.WriteRegisterRequest;
import io.thalweg.locks.v1.etcd.DeleteRangeRequest;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.RangeRequest;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.keyspaces.CommitTxnRequest;
import io.thalweg.locks.v1.keyspaces.CompactKeysRequest;
import io.thalweg.locks.v1.keyspaces.GetKeyspaceRequest;
import io.thalweg.locks.v1.keyspaces.GrantLeaseRequest;
import io.thalweg.locks.v1.keyspaces.RangeKeysRequest;
import io.thalweg.locks.v1.keyspaces.RevokeLeaseRequest;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that a release wrote replays to the state that the release had: every event of both
 * services. If this fails the replay of users' logs has changed. To record the logs of the present
 * level: {@code -Dcontract=record}.
 */
class GoldenLogTest {
  private static final String SEGMENT = "log/0000000001.segment";
  private static final String LOG = "log.segment.gz";
  private static final String STATE = "state.txt";
  private static final Pattern EVENTS = Pattern.compile("digest after (\\d+) events");
  private static final List<ServiceType> SERVICES = List.of(Locks.TYPE, Keyspaces.TYPE);

  @TempDir Path data;
  @TempDir Path scratch;

  /** A release of a service. */
  record Release(ServiceType type, int level) {
    @Override
    public String toString() {
      return name(type) + " " + level;
    }
  }

  private static String name(ServiceType type) {
    return type.contract().getOptions().getExtension(ContractProto.service).getName();
  }

  /** Writes the golden logs of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogsOfThisRelease(@TempDir Path folder) throws IOException {
    for (ServiceType type : SERVICES) {
      int level =
          type.contract().getOptions().getExtension(ContractProto.service).getContractLevel();
      Path golden = Releases.of(name(type)).goldenOf(level);
      if (!Releases.isRecording() || Files.exists(golden)) {
        continue;
      }
      Path data = folder.resolve(name(type));
      try (Node node = open(type, data)) {
        (type.equals(Locks.TYPE) ? locks() : keys())
            .forEach(each -> node.call(each, Message.class));
      }
      Files.createDirectories(golden);
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(golden.resolve(LOG)))) {
        Files.copy(data.resolve(SEGMENT), out);
      }
      long events;
      try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
        events = log.durableOffset(new PartitionId(name(type), 0));
      }
      Files.writeString(
          golden.resolve(STATE), dump(type, data, folder.resolve("tables-" + name(type)), events));
    }
  }

  static Stream<Release> releases() {
    return SERVICES.stream()
        .flatMap(type ->
            Releases.of(name(type)).levels().stream().map(level -> new Release(type, level)));
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    for (ServiceType type : SERVICES) {
      assertThat(Releases.of(name(type)).levelsWithout(LOG)).as(name(type)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("releases")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(Release release) throws IOException {
    String service = name(release.type());
    Path golden = Releases.of(service).goldenOf(release.level());
    Files.createDirectories(data.resolve("log"));
    try (InputStream in = new GZIPInputStream(Files.newInputStream(golden.resolve(LOG)))) {
      Files.copy(in, data.resolve(SEGMENT));
    }
    Files.writeString(data.resolve("node.properties"), "format=1\npartitions." + service + "=1\n");
    String expected = Files.readString(golden.resolve(STATE));
    Matcher events = EVENTS.matcher(expected);
    assertThat(events.find()).isTrue();
    assertThat(
            dump(release.type(), data, scratch.resolve("tables"), Long.parseLong(events.group(1))))
        .isEqualTo(expected);
  }

  /** Opens a node on the log, and says what it answers and what its rows are. */
  private static String dump(ServiceType type, Path data, Path scratch, long events)
      throws IOException {
    StringBuilder out = new StringBuilder();
    try (Node node = open(type, data)) {
      (type.equals(Locks.TYPE) ? locksRead() : keysRead())
          .forEach(each -> out.append(node.call(each, Message.class)).append('\n'));
    }
    PartitionId partition = new PartitionId(name(type), 0);
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      // Not the log's end: a node of a later version adds its contract when it opens.
      out.append("digest after %d events: ".formatted(events))
          .append(TableVerifier.digest(log, type, partition, 1, events, scratch))
          .append('\n');
    }
    return out.toString();
  }

  private static Node open(ServiceType type, Path data) {
    return Thalweg.at(data)
        .service(type)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10)))
        .open();
  }

  private static Stream<Message> locks() {
    return Stream.of(
        openSession("a"),
        openSession("b"),
        openSession("c"),
        LocksOnNode.claim("a", "l").setValue(bytes("ana")).build(),
        LocksOnNode.claim("b", "l").setOwner("thread").build(),
        LocksOnNode.claim("c", "l").setWaitMs(86_400_000).build(),
        LocksOnNode.shared("a", "rw").build(),
        LocksOnNode.permits("b", "p", 2, 3).build(),
        LocksOnNode.permits("c", "p", 2, 3).setOwner("other").build(),
        ProclaimRequest.newBuilder()
            .setSpace(SPACE)
            .setLock("l")
            .setSession("a")
            .setValue(bytes("ana at work"))
            .build(),
        ReleaseRequest.newBuilder().setSpace(SPACE).setLock("l").setSession("a").build(),
        write("r", "1").build(),
        write("r", "2").setGuard(Guard.newBuilder().setLock("s/l").setToken(4)).build(),
        write("gone", "3").build(),
        DeleteRegisterRequest.newBuilder().setSpace(SPACE).setRegister("gone").build(),
        arrive("a", 2),
        arrive("b", 2),
        arrive("c", 3),
        LeaveBarrierRequest.newBuilder().setSpace(SPACE).setBarrier("b").setSession("c").build(),
        arrive("a", 3),
        SetSpaceLimitsRequest.newBuilder()
            .setSpace(SPACE)
            .setLimits(SpaceLimits.newBuilder().setClaims(77))
            .build(),
        CloseSessionRequest.newBuilder().setSpace(SPACE).setSession("b").build());
  }

  private static Stream<Message> locksRead() {
    return Stream.of(
        GetSpaceRequest.newBuilder().setSpace(SPACE).build(),
        GetLockRequest.newBuilder().setSpace(SPACE).setLock("rw").build());
  }

  private static OpenSessionRequest openSession(String id) {
    return OpenSessionRequest.newBuilder()
        .setSpace(SPACE)
        .setSession(id)
        .setTtlMs(43_200_000)
        .setLabel("golden")
        .build();
  }

  private static WriteRegisterRequest.Builder write(String register, String value) {
    return WriteRegisterRequest.newBuilder()
        .setSpace(SPACE)
        .setRegister(register)
        .setValue(bytes(value));
  }

  private static ArriveRequest arrive(String session, int parties) {
    return ArriveRequest.newBuilder()
        .setSpace(SPACE)
        .setBarrier("b")
        .setSession(session)
        .setParties(parties)
        .build();
  }

  private static Stream<Message> keys() {
    return Stream.of(
        GrantLeaseRequest.newBuilder().setKeyspace("k").setId(7).setTtlS(43_200).build(),
        GrantLeaseRequest.newBuilder().setKeyspace("k").setId(8).setTtlS(43_200).build(),
        put("a", "1", 7),
        put("b", "2", 7),
        put("c", "3", 8),
        put("a", "4", 8),
        put("d", "5", 0),
        txn(
            RequestOp.newBuilder()
                .setRequestDeleteRange(
                    DeleteRangeRequest.newBuilder().setKey(bytes("c")).setRangeEnd(bytes("e")))),
        CompactKeysRequest.newBuilder().setKeyspace("k").setRevision(4).build(),
        RevokeLeaseRequest.newBuilder().setKeyspace("k").setId(7).build());
  }

  private static Stream<Message> keysRead() {
    ByteString all = ByteString.copyFrom(new byte[1]);
    RangeRequest.Builder range = RangeRequest.newBuilder().setKey(all).setRangeEnd(all);
    return Stream.of(
        GetKeyspaceRequest.newBuilder().setKeyspace("k").build(),
        RangeKeysRequest.newBuilder().setKeyspace("k").setRange(range).build(),
        RangeKeysRequest.newBuilder().setKeyspace("k").setRange(range.setRevision(5)).build());
  }

  private static CommitTxnRequest put(String key, String value, long lease) {
    return txn(
        RequestOp.newBuilder()
            .setRequestPut(
                PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).setLease(lease)));
  }

  private static CommitTxnRequest txn(RequestOp.Builder op) {
    return CommitTxnRequest.newBuilder()
        .setKeyspace("k")
        .setTxn(TxnRequest.newBuilder().addSuccess(op))
        .build();
  }
}
