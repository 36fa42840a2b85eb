package io.thalweg.log;

import org.jspecify.annotations.Nullable;

/** Another process has taken the partition over: a barrier of its own follows ours in the log. */
public final class LeadershipLostException extends LogException {
  private static final long serialVersionUID = 1L;

  public LeadershipLostException(String message) {
    this(message, null);
  }

  public LeadershipLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
