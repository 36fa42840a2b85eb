package io.thalweg.jobs.faktory;

import com.google.protobuf.Message;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks the node on behalf of a client. */
final class Asking {
  private Asking() {}

  /** The answer to a request; fails with a {@link Failure}. */
  static <R extends Message> CompletableFuture<R> ask(
      Session session, long timeoutMs, Message request, Class<R> type) {
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
}
