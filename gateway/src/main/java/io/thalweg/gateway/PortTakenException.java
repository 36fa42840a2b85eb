package io.thalweg.gateway;

/** The port of a protocol cannot be opened; the cause says why. */
public final class PortTakenException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final int port;
  private final String protocol;

  PortTakenException(String bind, int port, String protocol, Throwable cause) {
    super("cannot listen on " + bind + ":" + port + " for " + protocol, cause);
    this.port = port;
    this.protocol = protocol;
  }

  /** The port that was asked for. */
  public int port() {
    return port;
  }

  /** Whose port it is: "resp". */
  public String protocol() {
    return protocol;
  }
}
