package io.thalweg.runtime;

import io.thalweg.contract.check.ContractCheck;
import io.thalweg.runtime.system.SystemProto;
import org.junit.jupiter.api.Test;

/** The runtime's own records in every log. To record a release: {@code -Dcontract=record}. */
class SystemContractTest {
  /** Grows by one with every release whose records an older release could not read. */
  private static final int LEVEL = 6;

  @Test
  void theRecordsOfTheRuntimeBreakNothingThatWasReleased() {
    ContractCheck.verify("system", LEVEL, SystemProto.getDescriptor());
  }
}
