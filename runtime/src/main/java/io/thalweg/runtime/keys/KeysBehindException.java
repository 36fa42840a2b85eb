package io.thalweg.runtime.keys;

/**
 * What other nodes have made and destroyed of the keys is not known: nothing is sealed or unsealed
 * until it is. It may go better later.
 */
public final class KeysBehindException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public KeysBehindException(String message) {
    super(message);
  }

  public KeysBehindException(String message, Throwable cause) {
    super(message, cause);
  }
}
