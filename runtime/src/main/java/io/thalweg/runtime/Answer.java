package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A caller's handler, kept to its contract: it hears one answer, and what it throws stays with it.
 * The node's threads must survive a caller's mistake.
 */
final class Answer extends AtomicBoolean implements ReplyHandler {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(Answer.class);

  private final transient ReplyHandler handler;

  Answer(ReplyHandler handler) {
    this.handler = handler;
  }

  @Override
  public void reply(Message reply, Position position) {
    if (compareAndSet(false, true)) {
      try {
        handler.reply(reply, position);
      } catch (Throwable e) {
        LOG.error("a reply handler threw", e);
      }
    }
  }

  @Override
  public void replyOfFollower(Message reply, Position position, long lag) {
    if (compareAndSet(false, true)) {
      try {
        handler.replyOfFollower(reply, position, lag);
      } catch (Throwable e) {
        LOG.error("a reply handler threw", e);
      }
    }
  }

  @Override
  public void failure(Failure failure) {
    if (compareAndSet(false, true)) {
      try {
        handler.failure(failure);
      } catch (Throwable e) {
        LOG.error("a reply handler threw", e);
      }
    }
  }
}
