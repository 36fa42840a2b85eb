package io.thalweg.contract.check;

/** What a message or an enum of a contract is used in. */
enum Use {
  /** Within an event: bytes of it are in logs. */
  EVENT,
  /** Within what a method is sent. */
  REQUEST,
  /** Within what a method answers. */
  REPLY
}
