package io.thalweg.messaging.xmpp;

import com.google.protobuf.Message;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.WatchStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks the node on behalf of a client. Thread-safe.
 *
 * @param session who asks
 * @param timeoutMs what is not executed by then is refused
 */
record Asking(Session session, long timeoutMs) {
  /** The answer to a request, which is durable; fails with a {@link Failure}. */
  <R extends Message> CompletableFuture<R> ask(Message request, Class<R> type) {
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
  <R extends Message> R await(Message request, Class<R> type) {
    try {
      return ask(request, type).join();
    } catch (CompletionException e) {
      throw Failure.of(e, "a request failed");
    }
  }

  WatchStream watch(Message request) {
    return session.watch(request, null);
  }
}
