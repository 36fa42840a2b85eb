package io.thalweg.locks;

import static io.thalweg.locks.LocksOnNode.SPACE;
import static io.thalweg.locks.LocksOnNode.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.Guard;
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
import io.thalweg.runtime.Node;
import io.thalweg.testkit.GoldenLog;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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

  private static final GoldenLog LOCKS =
      GoldenLog.of(Locks.TYPE, (node, out) -> ask(node, locksRead(), out));
  private static final GoldenLog KEYSPACES =
      GoldenLog.of(Keyspaces.TYPE, (node, out) -> ask(node, keysRead(), out));

  @TempDir Path folder;

  private static void ask(Node node, Stream<Message> questions, StringBuilder out) {
    questions.forEach(each -> out.append(node.call(each, Message.class)).append('\n'));
  }

  /** Writes the golden logs of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogsOfThisRelease(@TempDir Path folder) {
    LOCKS.record(folder, node -> locks().forEach(each -> node.call(each, Message.class)));
    KEYSPACES.record(folder, node -> keys().forEach(each -> node.call(each, Message.class)));
  }

  static List<Integer> levelsOfLocks() {
    return LOCKS.levels();
  }

  static List<Integer> levelsOfKeyspaces() {
    return KEYSPACES.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(LOCKS.levelsWithout()).isEmpty();
    assertThat(KEYSPACES.levelsWithout()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levelsOfLocks")
  void aLogOfEveryReleaseOfLocksReplaysToTheStateThatItHad(int level) {
    LOCKS.verify(level, folder);
  }

  @ParameterizedTest
  @MethodSource("levelsOfKeyspaces")
  void aLogOfEveryReleaseOfKeyspacesReplaysToTheStateThatItHad(int level) {
    KEYSPACES.verify(level, folder);
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
