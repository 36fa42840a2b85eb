package io.thalweg.kafka;

import io.thalweg.log.LogException;
import org.jspecify.annotations.Nullable;

/** Kafka could not be reached, or has refused something; the message says what. */
public class TopicException extends LogException {
  private static final long serialVersionUID = 1L;

  public TopicException(String message) {
    super(message);
  }

  public TopicException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
