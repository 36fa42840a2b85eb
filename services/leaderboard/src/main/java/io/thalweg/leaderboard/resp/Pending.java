package io.thalweg.leaderboard.resp;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import org.jspecify.annotations.Nullable;

/**
 * A command whose reply has its place in the row of a connection. The answer is written by one
 * thread, once; everything else belongs to the event loop.
 */
final class Pending implements ReplyHandler {
  private final RespConnection connection;
  private final Encoder encoder;
  private final int weight;
  private @Nullable Message message;
  private @Nullable Failure failure;
  private volatile boolean done;
  // Of the event loop.
  private boolean busy;

  Pending(RespConnection connection, Encoder encoder, int weight) {
    this.connection = connection;
    this.encoder = encoder;
    this.weight = weight;
  }

  int weight() {
    return weight;
  }

  boolean isDone() {
    return done;
  }

  @Override
  public void reply(Message reply, Position position) {
    complete(reply);
  }

  void complete(Message reply) {
    message = reply;
    done = true;
    connection.completed();
  }

  @Override
  public void failure(Failure refusal) {
    failure = refusal;
    if (refusal.code() == Code.RESOURCE_EXHAUSTED
        && connection.isOffering(this)
        && refusal.isRetryable()) {
      busy = true;
      return;
    }
    done = true;
    connection.completed();
  }

  /** Whether the node had no room for the request. It may be submitted again. */
  boolean isBusy() {
    if (!busy) {
      return false;
    }
    busy = false;
    return true;
  }

  /** The request was submitted often enough. */
  void refuse() {
    done = true;
    connection.completed();
  }

  boolean failed() {
    return message == null;
  }

  void write(ReplyWriter out) {
    Message answer = message;
    Failure refusal = failure;
    if (answer != null) {
      out.reply(encoder, answer);
    } else if (refusal != null) {
      encoder.failure(out, refusal);
    }
  }
}
