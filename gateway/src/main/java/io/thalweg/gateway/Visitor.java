package io.thalweg.gateway;

import com.google.protobuf.Message;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import org.jspecify.annotations.Nullable;

/** Somebody who is connected, and what may be asked in their name. Made once for a connection. */
interface Visitor {
  /** Who it is. */
  Caller caller();

  /**
   * See {@link io.thalweg.runtime.Node#submit}.
   *
   * @param name of the request, or null
   * @param deadlineNs of {@link System#nanoTime()}
   */
  void submit(Message message, @Nullable String name, long deadlineNs, ReplyHandler handler);

  /**
   * See {@link io.thalweg.runtime.Node#watch}.
   *
   * @throws Failure as there
   */
  WatchStream watch(Message message, @Nullable String after);

  /** Tells who a connection's client is. */
  interface Door {
    /**
     * @param token what the client named itself with, without a scheme: from {@code Authorization},
     *     the query's {@code access_token}, or the connect command of a protocol; null if with
     *     nothing
     * @throws Failure UNAUTHENTICATED if it is nobody's
     */
    Visitor enter(@Nullable String token);

    /** The one door that there is yet: everybody is nobody in particular. */
    static Door open(Backend backend) {
      Visitor anybody =
          new Visitor() {
            @Override
            public Caller caller() {
              return Caller.ANONYMOUS;
            }

            @Override
            public void submit(
                Message message, @Nullable String name, long deadlineNs, ReplyHandler handler) {
              backend.submit(new Request(message, caller(), name, deadlineNs), handler);
            }

            @Override
            public WatchStream watch(Message message, @Nullable String after) {
              return backend.watch(new Request(message, caller(), null, Long.MAX_VALUE), after);
            }
          };
      return token -> anybody;
    }
  }
}
