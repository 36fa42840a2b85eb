package io.thalweg.client;

import com.google.rpc.Code;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request, when it is there. Completes on a virtual thread of the client, so what
 * follows it may block. Fails with {@link ThalwegException}. Cancelling it cancels the request; a
 * command may have been executed nevertheless.
 */
public final class PendingReply<R> extends CompletableFuture<R> {
  private final String method;
  private final @Nullable String requestName;
  private volatile @Nullable String position;
  private volatile long lag = -1;
  private volatile Runnable onCancel = () -> {};

  PendingReply(String method, @Nullable String requestName) {
    this.method = method;
    this.requestName = requestName;
  }

  /**
   * Waits for the answer; on a virtual thread this costs next to nothing.
   *
   * @throws ThalwegException as it came; CANCELLED if this thread was interrupted (it stays so) or
   *     the request was cancelled
   */
  public R await() {
    try {
      return get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ThalwegException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (java.util.concurrent.CancellationException e) {
      throw cancelled("the request was cancelled");
    } catch (InterruptedException e) {
      cancel(true);
      Thread.currentThread().interrupt();
      throw cancelled("the thread was interrupted while it waited");
    }
  }

  private ThalwegException cancelled(String why) {
    return new ThalwegException(
        Refusal.of(Code.CANCELLED, why), method, requestName, 1, requestName != null);
  }

  /** The name that the command is sent under; empty for what takes none. */
  public Optional<String> requestName() {
    return Optional.ofNullable(requestName);
  }

  /**
   * How far the state was that the answer saw ({@code Thalweg-Position}); a watch from there sees
   * all that happened after. Empty until the answer is there.
   */
  public Optional<String> position() {
    return Optional.ofNullable(position);
  }

  /**
   * By how many events the answer may be behind, where a node that follows has answered a session
   * read ({@code Thalweg-Lag}): what its leader was ahead when it was heard last. Empty where the
   * leader has answered, and until the answer is there.
   */
  public OptionalLong lag() {
    long events = lag;
    return events < 0 ? OptionalLong.empty() : OptionalLong.of(events);
  }

  void onCancel(Runnable action) {
    onCancel = action;
  }

  /** Completes it with an answer. */
  void answer(R reply, @Nullable String at, @Nullable String behind) {
    position = at;
    lag = behind == null || !behind.matches("[0-9]{1,18}") ? -1 : Long.parseLong(behind);
    complete(reply);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    onCancel.run();
    return cancelled;
  }

  /** Stages that follow are plain ones: cancelling them does not cancel the request. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
