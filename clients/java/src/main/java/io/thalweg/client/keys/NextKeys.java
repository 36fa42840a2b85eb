package io.thalweg.client.keys;

import com.google.rpc.Code;
import io.thalweg.client.ThalwegException;
import io.thalweg.keys.v1.NextKeysResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keys of one namespace, one at a time, for many callers: those who ask while a request is on its
 * way get theirs by the next one. Every key comes from the server and is used from then on; {@link
 * KeySource} is for those who need not ask it.
 *
 * <p>Requests have no names: if an answer is lost, its callers are told so and its keys are used up
 * without anybody's having them. At most {@value #MAX_WAITING} callers wait; one more is told
 * RESOURCE_EXHAUSTED by an {@link IllegalStateException}.
 *
 * <p>Thread-safe.
 */
public final class NextKeys {
  private static final int MAX_KEYS = 10_000;
  private static final int MAX_WAITING = 100_000;

  private final IntFunction<CompletableFuture<NextKeysResponse>> asks;

  // Guarded by this object.
  private List<CompletableFuture<String>> waiting = new ArrayList<>();
  private boolean underWay;

  /**
   * @param asks for so many keys
   */
  NextKeys(IntFunction<CompletableFuture<NextKeysResponse>> asks) {
    this.asks = asks;
  }

  /** The next key; fails with {@link ThalwegException}. */
  public CompletableFuture<String> next() {
    CompletableFuture<String> key = new CompletableFuture<>();
    synchronized (this) {
      if (waiting.size() >= MAX_WAITING) {
        throw new IllegalStateException(
            "RESOURCE_EXHAUSTED: %d callers wait for a key, the most that may"
                .formatted(MAX_WAITING));
      }
      waiting.add(key);
      if (underWay) {
        return key;
      }
      underWay = true;
    }
    askForNext();
    return key;
  }

  private void askForNext() {
    List<CompletableFuture<String>> group;
    synchronized (this) {
      if (waiting.isEmpty()) {
        underWay = false;
        return;
      }
      int count = Math.min(MAX_KEYS, waiting.size());
      group = waiting.subList(0, count);
      waiting = new ArrayList<>(waiting.subList(count, waiting.size()));
    }
    ask(group, true);
  }

  private void ask(List<CompletableFuture<String>> group, boolean thenNext) {
    CompletableFuture<NextKeysResponse> reply;
    try {
      reply = asks.apply(group.size());
    } catch (RuntimeException closed) {
      reply = CompletableFuture.failedFuture(closed);
    }
    var _ =
        reply.whenComplete((response, problem) -> {
          if (group.size() > 1 && isOut(problem)) {
            // There may be enough for some of them.
            int half = group.size() / 2;
            ask(group.subList(0, half), false);
            ask(group.subList(half, group.size()), thenNext);
            return;
          }
          if (thenNext) {
            askForNext();
          }
          answer(group, response, problem);
        });
  }

  private static boolean isOut(@Nullable Throwable problem) {
    return problem instanceof ThalwegException refused
        && !refused.outcomeUnknown()
        && refused.code() == Code.RESOURCE_EXHAUSTED;
  }

  private static void answer(
      List<CompletableFuture<String>> group,
      @Nullable NextKeysResponse response,
      @Nullable Throwable problem) {
    for (int i = 0; i < group.size(); i++) {
      if (response != null) {
        group.get(i).complete(response.getKeys(i));
      } else {
        group
            .get(i)
            .completeExceptionally(
                problem != null ? problem : new IllegalStateException("no answer and no reason"));
      }
    }
  }
}
