package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.nio.ByteBuffer;

/**
 * Which contracts this partition's events were written by: the last one, by its hash. The contracts
 * themselves are in the log, so that it stays readable without the program that wrote it.
 */
final class DeclaredContracts {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 3;
  private static final String LAST = "last";
  private static final String WRITES = "writes";

  private final Table<String, byte[]> hashes;

  DeclaredContracts(PartitionState state) {
    hashes = state.table(TABLE, "contracts", KeyCodecs.string(), ValueCodecs.bytes(), null);
  }

  /**
   * Whether {@code model}'s contract is the last that was declared. The state is at its own slot.
   */
  boolean isDeclared(ServiceModel model) {
    byte[] last = hashes.get(LAST);
    return last != null && java.util.Arrays.equals(last, model.descriptorsHash());
  }

  void apply(ContractDeclared event) {
    hashes.put(LAST, event.getHash().toByteArray());
    if (event.getWrites() > writes()) {
      hashes.put(WRITES, ByteBuffer.allocate(4).putInt(event.getWrites()).array());
    }
  }

  /**
   * The contract level that is needed to read what was written; 1 if the log says nothing. The
   * state is at its own slot.
   */
  int writes() {
    byte[] level = hashes.get(WRITES);
    return level == null ? 1 : ByteBuffer.wrap(level).getInt();
  }

  /**
   * Checks that a build reads what was written.
   *
   * @throws UnappliableEventException if it does not
   */
  static void check(ServiceModel model, int writes) {
    if (writes > model.contractLevel()) {
      throw new UnappliableEventException(
          "service %s is written at contract level %d; this build reads level %d: run a newer one"
              .formatted(model.name(), writes, model.contractLevel()));
    }
  }

  static ContractDeclared declare(ServiceModel model) {
    return ContractDeclared.newBuilder()
        .setLevel(model.contractLevel())
        .setService(model.type().contract().getFullName())
        .setDescriptors(ByteString.copyFrom(model.descriptors()))
        .setHash(ByteString.copyFrom(model.descriptorsHash()))
        .build();
  }
}
