package io.thalweg.testkit;

import com.google.protobuf.Message;
import io.thalweg.host.Waiters;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A simulated node that nothing happens to any more, for questions at the end of a run. */
public final class QuietNode {
  private static final long MAX_WAIT_NS = TimeUnit.MINUTES.toNanos(10);

  private static final int MAX_ATTEMPTS = 100;
  private static final long PAUSE_MS = 100;

  private final SimulatedHost host;
  private final Node node;
  private int asked;

  QuietNode(SimulatedHost host, Node node) {
    this.host = host;
    this.node = node;
  }

  /** The node; do not wait for its futures, {@link #call} instead. */
  public Node node() {
    return node;
  }

  /** Lets virtual time pass. */
  public void sleep(long ms) {
    host.sleep(TimeUnit.MILLISECONDS.toNanos(ms));
  }

  /**
   * Asks and waits, in virtual time. Damage that was done before may be found only now, and then
   * the node opens its log again: so a command is named, and asked again while its outcome is
   * unknown.
   *
   * @throws Failure if it is refused
   * @throws AssertionError if there is no answer within ten minutes
   */
  public <R extends Message> R call(Message request, Class<R> reply) {
    Request named = Request.of(request).named("quiet-" + ++asked);
    for (int attempt = 1; ; attempt++) {
      Waiting waiting = new Waiting(host);
      node.submit(named, waiting);
      try {
        return reply.cast(waiting.await());
      } catch (Failure e) {
        if (attempt == MAX_ATTEMPTS || !isTransient(e)) {
          throw e;
        }
        sleep(PAUSE_MS);
      }
    }
  }

  private static final class Waiting implements ReplyHandler {
    private final Waiters waiters;
    private @Nullable Message reply;
    private @Nullable Failure failure;

    Waiting(SimulatedHost host) {
      waiters = new Waiters(host);
    }

    Message await() {
      waiters.await(() -> reply != null || failure != null, MAX_WAIT_NS);
      if (failure != null) {
        throw failure;
      }
      if (reply == null) {
        throw new AssertionError("a quiet node gave no answer");
      }
      return reply;
    }

    @Override
    public void reply(Message message, Position position) {
      reply = message;
      waiters.wake();
    }

    @Override
    public void failure(Failure refusal) {
      failure = refusal;
      waiters.wake();
    }
  }

  /** Whether a client would ask again: what is used up for good says nothing of a later time. */
  static boolean isTransient(Failure failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
      case RESOURCE_EXHAUSTED -> failure.isRetryable();
      default -> false;
    };
  }
}
