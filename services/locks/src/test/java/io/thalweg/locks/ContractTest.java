package io.thalweg.locks;

import io.thalweg.contract.check.ContractCheck;
import io.thalweg.locks.keyspaces.Keyspaces;
import org.junit.jupiter.api.Test;

/** To record a release: {@code -Dcontract=record}. */
class ContractTest {
  @Test
  void theContractOfLocksBreaksNothingThatWasReleased() {
    ContractCheck.verify(Locks.TYPE.contract());
  }

  @Test
  void theContractOfKeyspacesBreaksNothingThatWasReleased() {
    ContractCheck.verify(Keyspaces.TYPE.contract());
  }
}
