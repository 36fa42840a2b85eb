package io.thalweg.server;

import io.thalweg.runtime.NodeOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long the names that applications give to requests ({@code Idempotency-Key}) are remembered.
 *
 * @param age in log time
 * @param most names of a partition; beyond them a named request is refused
 * @throws BadOption naming the option and its bound
 */
record UpNames(Duration age, long most) {
  static final UpNames DEFAULTS =
      new UpNames(NodeOptions.defaults().replyWindow(), NodeOptions.defaults().maxStoredReplies());

  UpNames {
    try {
      NodeOptions.defaults().withReplies(age, most);
    } catch (IllegalArgumentException e) {
      throw new BadOption(
          String.valueOf(e.getMessage())
              .replace("replyWindow", "request-names-age")
              .replace("maxStoredReplies", "request-names"),
          e);
    }
  }

  /** Reads the options; one that is null is as it was. */
  UpNames with(@Nullable String newAge, long newMost) {
    return new UpNames(newAge == null ? age : KeepLog.age("request-names-age", newAge), newMost);
  }
}
