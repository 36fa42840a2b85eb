package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import org.jspecify.annotations.Nullable;

/** One answer that a thread of the host waits for. */
final class AwaitedReply implements ReplyHandler {
  private final Waiters waiters;
  private volatile @Nullable Message reply;
  private volatile @Nullable Failure refusal;

  AwaitedReply(Host host) {
    waiters = new Waiters(host);
  }

  /**
   * Waits for the answer; a partition gives one to everything that it was sent.
   *
   * @throws Failure if it is one
   */
  Message await() {
    waiters.await(() -> reply != null || refusal != null);
    Failure failed = refusal;
    if (failed != null) {
      throw failed;
    }
    Message answer = reply;
    if (answer == null) {
      throw new IllegalStateException("neither a reply nor a failure");
    }
    return answer;
  }

  @Override
  public void reply(Message message, Position position) {
    reply = message;
    waiters.wake();
  }

  @Override
  public void failure(Failure failure) {
    refusal = failure;
    waiters.wake();
  }
}
