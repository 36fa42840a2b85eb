package io.thalweg.runtime;

/**
 * Thrown by a command that wants to be executed later: once its topic is woken, or its time is
 * over. Nothing of it is kept; what it did until then is undone.
 */
final class SetAside extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final long untilUs;

  /**
   * @param untilUs log time at which it is executed at the latest
   */
  SetAside(String topic, long untilUs) {
    super("a request that waits for " + topic, null, false, false);
    this.topic = topic;
    this.untilUs = untilUs;
  }

  String topic() {
    return topic;
  }

  long untilUs() {
    return untilUs;
  }
}
