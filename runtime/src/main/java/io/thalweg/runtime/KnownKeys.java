package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.runtime.keys.KeysBehindException;
import java.util.function.Supplier;

/** What needs to know the keys that there are. */
final class KnownKeys {
  private static final long RETRY_MS = 500;

  private KnownKeys() {}

  /** A request whose keys are not known is refused, and may be tried again. */
  static <T> T with(Supplier<T> action) {
    try {
      return action.get();
    } catch (KeysBehindException e) {
      throw Failure.retryable(Code.UNAVAILABLE, String.valueOf(e.getMessage()), RETRY_MS);
    }
  }
}
