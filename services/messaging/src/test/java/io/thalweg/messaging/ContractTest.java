package io.thalweg.messaging;

import io.thalweg.contract.check.ContractCheck;
import org.junit.jupiter.api.Test;

/** To record a release: {@code -Dcontract=record}. */
class ContractTest {
  @Test
  void theContractBreaksNothingThatWasReleased() {
    ContractCheck.verify(Messaging.TYPE.contract());
  }
}
