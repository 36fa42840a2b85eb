package io.thalweg.leaderboard.resp;

import com.google.protobuf.Message;
import io.thalweg.runtime.Failure;

/** How the answer to a request becomes a reply. Has no state: one object for all requests. */
@FunctionalInterface
interface Encoder {
  void reply(ReplyWriter out, Message message);

  default void failure(ReplyWriter out, Failure failure) {
    out.error(Errors.of(failure));
  }
}
