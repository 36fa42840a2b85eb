package io.thalweg.contract.check;

/** What a finding does to the build. */
public enum Severity {
  /** Fails it: something that was released no longer works. */
  BREAKING,
  /** Fails it: allowed, but only under a higher {@code contract_level}. */
  NEEDS_LEVEL,
  /** Fails it: the contract is not well formed by itself. */
  LINT,
  /** Is said, and fails nothing. */
  WARNING
}
