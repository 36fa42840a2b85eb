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

  /**
   * The answer to a session read, by a node that follows.
   *
   * @param lag so many events the leader is ahead, as far as this node has heard
   */
  default void replyOfFollower(Message reply, Position position, long lag) {
    reply(reply, position);
  }

  void failure(Failure failure);
}
