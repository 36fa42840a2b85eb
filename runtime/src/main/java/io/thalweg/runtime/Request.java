package io.thalweg.runtime;

import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;

/**
 * A request to a service.
 *
 * @param message the request of the contract; its type says which method
 * @param caller who asks
 * @param name the client's own name for this request, or null: a command with the same name (of the
 *     same caller and method) is executed once, and again answered with the stored reply; at most
 *     128 bytes of UTF-8
 * @param deadlineNs the host's monotonic clock ({@link System#nanoTime()} on a real machine) after
 *     which nobody waits for the answer any more; {@link Long#MAX_VALUE}: never
 * @param trace follows it; null: nobody does. Who made it ends it
 * @param seen of a point query: a session read, which any node may answer that follows the
 *     partition and has come so far; what was written behind it may be missing. A position of
 *     another partition asks for nothing. Null: linearizable
 */
public record Request(
    Message message,
    Caller caller,
    @Nullable String name,
    long deadlineNs,
    @Nullable Trace trace,
    @Nullable Position seen) {

  /** One that is linearizable. */
  public Request(
      Message message,
      Caller caller,
      @Nullable String name,
      long deadlineNs,
      @Nullable Trace trace) {
    this(message, caller, name, deadlineNs, trace, null);
  }

  /** One that is not followed. */
  public Request(Message message, Caller caller, @Nullable String name, long deadlineNs) {
    this(message, caller, name, deadlineNs, null);
  }

  /** An anonymous request to the default project, without name and deadline. */
  public static Request of(Message message) {
    return new Request(message, Caller.ANONYMOUS, null, Long.MAX_VALUE);
  }

  /** The same under a name. */
  public Request named(String name) {
    return new Request(message, caller, name, deadlineNs, trace, seen);
  }

  /** The same as a session read: see {@link #seen}. */
  public Request atLeast(Position position) {
    return new Request(message, caller, name, deadlineNs, trace, position);
  }

  /** The same, followed by nobody. */
  Request untraced() {
    return trace == null ? this : new Request(message, caller, name, deadlineNs, null, seen);
  }
}
