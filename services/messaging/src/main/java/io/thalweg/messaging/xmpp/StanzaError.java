package io.thalweg.messaging.xmpp;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stanza is refused: RFC 6120, section 8.3. Has no stack trace: it is an answer. */
final class StanzaError extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(StanzaError.class);

  private final String type;
  private final String condition;

  /**
   * @param type "auth", "cancel", "modify" or "wait"
   * @param condition of section 8.3.3
   * @param text for a person
   */
  StanzaError(String type, String condition, String text) {
    super(text, null, false, false);
    this.type = type;
    this.condition = condition;
  }

  static StanzaError unsupported(String what) {
    return new StanzaError("cancel", "feature-not-implemented", what + " is not supported");
  }

  static StanzaError unavailable() {
    return new StanzaError("cancel", "service-unavailable", "nobody here takes that");
  }

  static StanzaError bad(String text) {
    return new StanzaError("modify", "bad-request", text);
  }

  /** What a client is told of a refusal of the node, or of a fault. */
  static StanzaError of(@Nullable Throwable problem) {
    Throwable cause =
        problem instanceof CompletionException e && e.getCause() != null ? e.getCause() : problem;
    if (cause instanceof StanzaError error) {
      return error;
    }
    if (!(cause instanceof Failure failure)) {
      LOG.error("a stanza failed", cause);
      return new StanzaError("wait", "internal-server-error", "internal error");
    }
    String text = String.valueOf(failure.getMessage());
    return switch (failure.code()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> bad(text);
      case NOT_FOUND -> new StanzaError("cancel", "item-not-found", text);
      case PERMISSION_DENIED, UNAUTHENTICATED -> new StanzaError("auth", "forbidden", text);
      case RESOURCE_EXHAUSTED -> new StanzaError("wait", "resource-constraint", text);
      case DEADLINE_EXCEEDED -> new StanzaError("wait", "remote-server-timeout", text);
      case Code.FAILED_PRECONDITION -> new StanzaError("cancel", "not-allowed", text);
      default -> new StanzaError("wait", "service-unavailable", text);
    };
  }

  String condition() {
    return condition;
  }

  Element element() {
    return Element.stanza("error")
        .with("type", type)
        .add(new Element(condition, Names.STANZA_ERRORS))
        .add(new Element("text", Names.STANZA_ERRORS).add(String.valueOf(getMessage())));
  }
}
