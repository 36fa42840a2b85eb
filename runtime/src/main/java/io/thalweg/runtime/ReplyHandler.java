package io.thalweg.runtime;

import com.google.protobuf.Message;

/**
 * Takes the answer to a request. Exactly one of the two is called, once, on the node's reply thread
 * (or on the caller's, for a refusal before the queue); it must hand on and return.
 */
public interface ReplyHandler {
  /**
   * @param position the state that the answer saw: a later session read can ask for it
   */
  void reply(Message reply, Position position);

  void failure(Failure failure);
}
