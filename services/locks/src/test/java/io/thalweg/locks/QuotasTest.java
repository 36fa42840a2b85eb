package io.thalweg.locks;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.WriteRegisterRequest;
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
}
