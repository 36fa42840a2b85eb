package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/**
 * Which contracts this partition's events were written by: the last one, by its hash. The contracts
 * themselves are in the log, so that it stays readable without the program that wrote it.
 */
final class DeclaredContracts {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 3;
  private static final String LAST = "last";

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
