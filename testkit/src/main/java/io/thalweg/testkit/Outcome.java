package io.thalweg.testkit;

import com.google.protobuf.Message;
import com.google.rpc.Code;

/** How a service answered an operation: what a model is asked to agree with. */
public sealed interface Outcome {
  /** It answered. */
  record Replied(Message reply) implements Outcome {}

  /** It refused for good, and changed nothing: NOT_FOUND, FAILED_PRECONDITION and the like. */
  record Refused(Code code) implements Outcome {}
}
