package io.thalweg.edge;

import com.google.protobuf.Message;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.WatchStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks the node in the name of a client, with answers as futures, for protocols that are not
 * answered by callbacks. Thread-safe.
 *
 * @param session who asks
 * @param timeoutMs what is not executed by then is refused
 */
public record Asking(Session session, long timeoutMs) {
  /** The answer to a request, which is durable; fails with a {@link Failure}. */
  public <R extends Message> CompletableFuture<R> ask(Message request, Class<R> type) {
    CompletableFuture<R> answer = new CompletableFuture<>();
    session.submit(
        request,
        null,
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs),
        new ReplyHandler() {
          @Override
          public void reply(Message reply, Position position) {
            answer.complete(type.cast(reply));
          }

          @Override
          public void failure(Failure failure) {
            answer.completeExceptionally(failure);
          }
        });
    return answer;
  }

  /**
   * As {@link #ask}, waiting; not on an event loop.
   *
   * @throws Failure as the answer
   */
  public <R extends Message> R await(Message request, Class<R> type) {
    try {
      return ask(request, type).join();
    } catch (CompletionException e) {
      throw Failure.of(e, "a request failed");
    }
  }

  /** Watches from now on. */
  public WatchStream watch(Message request) {
    return session.watch(request, null);
  }
}
