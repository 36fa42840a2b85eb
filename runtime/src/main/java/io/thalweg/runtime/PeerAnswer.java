package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.system.ForwardedAnswer;
import io.thalweg.runtime.system.PeerReply;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers another node, which has sent a call here. Where the partition is not led here it says so,
 * and the other node looks again: a call goes from node to node once.
 */
final class PeerAnswer extends AtomicBoolean implements ReplyHandler {
  private static final long serialVersionUID = 1L;

  private final transient Consumer<PeerReply> node;
  private final transient @Nullable Trace trace;

  PeerAnswer(Consumer<PeerReply> node, @Nullable Trace trace) {
    this.node = node;
    this.trace = trace;
  }

  @Override
  public void reply(Message reply, Position position) {
    answer(
        Code.OK,
        PeerReply.newBuilder()
            .setAnswer(
                ForwardedAnswer.newBuilder()
                    .setReply(reply.toByteString())
                    .setLineage(position.lineage())
                    .setOffset(position.offset()))
            .build());
  }

  @Override
  public void failure(Failure failure) {
    answer(failure.code(), failed(failure));
  }

  /** It was not executed: this node does not lead the partition. */
  void notLed(String why) {
    answer(Code.UNAVAILABLE, PeerReply.newBuilder().setNotLed(why).build());
  }

  /** A failure as a reply. */
  static PeerReply failed(Failure failure) {
    ByteString status = failure.status().toByteString();
    return PeerReply.newBuilder().setFailure(status).build();
  }

  private void answer(Code code, PeerReply reply) {
    if (compareAndSet(false, true)) {
      if (trace != null) {
        trace.end(code);
      }
      node.accept(reply);
    }
  }
}
