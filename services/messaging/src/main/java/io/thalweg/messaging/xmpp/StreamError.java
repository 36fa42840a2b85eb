package io.thalweg.messaging.xmpp;

/**
 * The stream cannot go on: RFC 6120, section 4.9. Has no stack trace: it is what a client is told.
 */
final class StreamError extends Exception {
  private static final long serialVersionUID = 1L;

  private final String condition;

  /**
   * @param condition of section 4.9.3, such as "not-well-formed"
   * @param text for a person
   */
  StreamError(String condition, String text) {
    super(text, null, false, false);
    this.condition = condition;
  }

  String condition() {
    return condition;
  }

  Element element() {
    return new Element("error", Names.STREAMS)
        .add(new Element(condition, Names.STREAM_ERRORS))
        .add(new Element("text", Names.STREAM_ERRORS).add(String.valueOf(getMessage())));
  }
}
