package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An HTTP request that a service wants made. The constructor checks everything that can be checked
 * without looking anything up, so that a bad request fails in the command that makes it.
 *
 * @param method of the request
 * @param url absolute, http or https, at most 2,048 bytes, no user info and no fragment; see {@link
 *     EffectUrl}
 * @param headers at most 32, together at most 8 KiB. Not those that concern one connection, nor
 *     {@code Host}, {@code Content-Length}, {@code Expect}, {@code webhook-*} and {@code
 *     thalweg-*}, which the performer sets
 * @param body at most 256 KiB; empty with GET
 * @param timeoutMs for the whole call, from the look-up of the name to the last byte of the
 *     response: 1 to 60,000
 */
public record HttpEffect(
    Method method, String url, List<HttpHeader> headers, ByteString body, int timeoutMs) {
  /** Most headers of a request. */
  public static final int MAX_HEADERS = 32;

  /** Most bytes that the headers may have together, see {@link HttpHeader#sizeBytes}. */
  public static final int MAX_HEADER_BYTES = 8 << 10;

  /** Largest body of a request, in bytes. */
  public static final int MAX_BODY_BYTES = 256 << 10;

  /** Longest time that a call may take. */
  public static final int MAX_TIMEOUT_MS = 60_000;

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern VALUE = Pattern.compile("([!-~]([ \\t!-~]*[!-~])?)?");
  private static final Set<String> RESERVED =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");
  private static final List<String> RESERVED_PREFIXES = List.of("proxy-", "thalweg-", "webhook-");

  /** What can be asked. */
  public enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE
  }

  public HttpEffect {
    headers = List.copyOf(headers);
    EffectUrl.parse(url);
    if (headers.size() > MAX_HEADERS) {
      throw new IllegalArgumentException(
          "headers must be at most " + MAX_HEADERS + "; got " + headers.size());
    }
    int headerBytes = 0;
    for (int i = 0; i < headers.size(); i++) {
      checkHeader("headers[" + i + "]", headers.get(i));
      headerBytes += headers.get(i).sizeBytes();
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "headers must have at most " + MAX_HEADER_BYTES + " bytes; got " + headerBytes);
    }
    if (body.size() > MAX_BODY_BYTES) {
      throw new IllegalArgumentException(
          "body must have at most " + MAX_BODY_BYTES + " bytes; got " + body.size());
    }
    if (method == Method.GET && !body.isEmpty()) {
      throw new IllegalArgumentException("body must be empty with GET; got " + body.size());
    }
    if (timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
      throw new IllegalArgumentException(
          "timeoutMs must be from 1 to " + MAX_TIMEOUT_MS + "; got " + timeoutMs);
    }
  }

  /** The parts of the URL. */
  public EffectUrl target() {
    return EffectUrl.parse(url);
  }

  private static void checkHeader(String field, HttpHeader header) {
    if (!TOKEN.matcher(header.name()).matches()) {
      throw new IllegalArgumentException(
          field + ".name must be letters, digits and !#$%&'*+.^_`|~-");
    }
    String name = header.name().toLowerCase(Locale.ROOT);
    if (RESERVED.contains(name) || RESERVED_PREFIXES.stream().anyMatch(name::startsWith)) {
      throw new IllegalArgumentException(field + ".name must not be " + name + ": it is reserved");
    }
    if (!VALUE.matcher(header.value()).matches()) {
      throw new IllegalArgumentException(
          field + ".value must be printable ASCII without white space around it");
    }
  }
}
