package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;

/** How an attempt of an effect ended. */
public sealed interface EffectOutcome {
  /**
   * Whether the same request may end better later. What is not retryable and has not {@link
   * #succeeded} is final.
   */
  boolean retryable();

  /** Whether the receiver has answered that it took the request: a status of 200 to 299. */
  boolean succeeded();

  /**
   * The receiver answered. A redirect is an answer like any other: it is not followed.
   *
   * @param status 100 to 999
   * @param headers in their order, at most {@value #MAX_HEADERS} of together at most {@value
   *     #MAX_HEADER_BYTES} bytes; what did not fit was left out
   * @param body as it came, at most {@value #MAX_BODY_BYTES} bytes
   * @param bodyTruncated whether there was more of the body, which was not read
   */
  record Responded(int status, List<HttpHeader> headers, ByteString body, boolean bodyTruncated)
      implements EffectOutcome {
    /** Most headers of a response that are kept. */
    public static final int MAX_HEADERS = 32;

    /** Most bytes of them together, see {@link HttpHeader#sizeBytes}. */
    public static final int MAX_HEADER_BYTES = 8 << 10;

    /** Most bytes of the body that are kept. */
    public static final int MAX_BODY_BYTES = 64 << 10;

    public Responded {
      headers = List.copyOf(headers);
      check("status", status, 100, 999);
      check("headers", headers.size(), 0, MAX_HEADERS);
      check(
          "bytes of headers",
          headers.stream().mapToInt(HttpHeader::sizeBytes).sum(),
          0,
          MAX_HEADER_BYTES);
      check("bytes of body", body.size(), 0, MAX_BODY_BYTES);
    }

    /** The value of the first header of this name, in upper or lower case. */
    public Optional<String> header(String name) {
      return headers.stream()
          .filter(header -> header.name().equalsIgnoreCase(name))
          .map(HttpHeader::value)
          .findFirst();
    }

    @Override
    public boolean succeeded() {
      return status >= 200 && status <= 299;
    }

    /** 408, 425, 429 and 500 to 599: the receiver could not take it now. */
    @Override
    public boolean retryable() {
      return status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
    }
  }

  /**
   * There is no answer. Unless the kind says that nothing was sent, the receiver may have taken the
   * request.
   *
   * @param kind what went wrong
   * @param text for a person, at most {@value #MAX_TEXT} characters; it names no address that a
   *     name led to. A longer one is cut
   */
  record Failed(Kind kind, String text) implements EffectOutcome {
    /** Longest text, in characters. */
    public static final int MAX_TEXT = 512;

    public Failed {
      text = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    @Override
    public boolean succeeded() {
      return false;
    }

    @Override
    public boolean retryable() {
      return kind.retryable;
    }
  }

  /** Why there is no answer. */
  enum Kind {
    /** The address or the port is one that must not be called. Nothing was sent. Final. */
    REFUSED_ADDRESS(false),
    /** The name was not found. Nothing was sent. */
    DNS(true),
    /** No connection came about. Nothing was sent. */
    CONNECT(true),
    /** TLS was not agreed on, or the certificate is not trusted. Nothing was sent. */
    TLS(true),
    /** The call's time was over. */
    TIMEOUT(true),
    /** The connection broke, or what came is not HTTP. */
    IO(true),
    /** The headers of the answer are over their bound. The receiver has the request. Final. */
    TOO_LARGE(false),
    /** Too many calls are in flight, in all or to this host. Nothing was sent. */
    BUSY(true),
    /** The performer was closed before the answer came. */
    CLOSED(true),
    /**
     * There is no attempt that could have an answer: the effect's time was over before one ended,
     * or this release cannot make the request. No performer says so, only the result of an effect.
     */
    NOT_ATTEMPTED(false);

    private final boolean retryable;

    Kind(boolean retryable) {
      this.retryable = retryable;
    }
  }

  private static void check(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          field + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
