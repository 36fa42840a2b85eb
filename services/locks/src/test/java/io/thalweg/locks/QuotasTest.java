package io.thalweg.locks;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.WriteRegisterRequest;
import io.thalweg.locks.v1.etcd.LeaseGrantResponse;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.keyspaces.CommitTxnRequest;
import io.thalweg.locks.v1.keyspaces.GrantLeaseRequest;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A project has no more than its quotas let it have in all its spaces. */
class QuotasTest {
  private static void write(Node node, String space, String register) {
    node.call(
        WriteRegisterRequest.newBuilder().setSpace(space).setRegister(register).build(),
        Register.class);
  }

  @Test
  void registersAndSpacesBeyondTheQuotaAreRefused(@TempDir Path data) {
    Quotas quotas = new Quotas(Map.of("locks.spaces", 2L, "locks.registers", 3L));
    try (Node node =
        Thalweg.at(data)
            .service(Locks.type(quotas))
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      write(node, "one", "a");
      write(node, "two", "a");
      assertThatThrownBy(() -> write(node, "three", "a"))
          .hasMessageContaining("quota locks.spaces: the project has 2");
      write(node, "two", "b");
      assertThatThrownBy(() -> write(node, "one", "b"))
          .hasMessageContaining("quota locks.registers: the project has 3");
      write(node, "one", "a");
    }
  }

  private static void put(Node node, String keyspace, String key) {
    node.call(
        CommitTxnRequest.newBuilder()
            .setKeyspace(keyspace)
            .setTxn(
                TxnRequest.newBuilder()
                    .addSuccess(
                        RequestOp.newBuilder()
                            .setRequestPut(
                                PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)))))
            .build(),
        TxnResponse.class);
  }

  private static void grant(Node node, String keyspace, long id) {
    node.call(
        GrantLeaseRequest.newBuilder().setKeyspace(keyspace).setTtlS(600).setId(id).build(),
        LeaseGrantResponse.class);
  }

  @Test
  void keyspacesAndWhatIsInThemBeyondTheQuotaAreRefusedAndReplacingIsNot(@TempDir Path data) {
    Quotas quotas =
        new Quotas(Map.of("keyspaces.keyspaces", 2L, "keyspaces.keys", 3L, "keyspaces.leases", 1L));
    try (Node node =
        Thalweg.at(data)
            .service(Keyspaces.type(quotas))
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      put(node, "one", "a");
      put(node, "two", "a");
      assertThatThrownBy(() -> put(node, "three", "a"))
          .hasMessageContaining("quota keyspaces.keyspaces: the project has 2");
      assertThatThrownBy(() -> grant(node, "three", 1))
          .hasMessageContaining("quota keyspaces.keyspaces: the project has 2");
      put(node, "two", "b");
      assertThatThrownBy(() -> put(node, "one", "b"))
          .hasMessageContaining("quota keyspaces.keys: the project has 3");
      put(node, "one", "a");
      grant(node, "one", 1);
      assertThatThrownBy(() -> grant(node, "two", 2))
          .hasMessageContaining("quota keyspaces.leases: the project has 1");
    }
  }
}
