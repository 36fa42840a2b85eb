package io.thalweg.runtime;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The parts of an effect's URL. It is taken apart in this one place and never again: who checks an
 * address and who connects to it cannot read the same text differently.
 *
 * @param scheme {@code http} or {@code https}
 * @param host in lower case: a name, or digits in any spelling of an IPv4 address, or an IPv6
 *     address without its brackets (it may have a zone). Nothing has been looked up
 * @param port 1 to 65535
 * @param path path and query as they were written, beginning with {@code /}
 */
public record EffectUrl(String scheme, String host, int port, String path) {
  /** Longest URL, in bytes. */
  public static final int MAX_BYTES = 2048;

  private static final Pattern NAME =
      Pattern.compile("(?=.{1,253}$)[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*");
  private static final Pattern IN_BRACKETS = Pattern.compile("[0-9a-f:.]{2,45}(%[a-z0-9._~%-]+)?");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  /**
   * Takes a URL apart.
   *
   * @throws IllegalArgumentException if it is not an absolute http or https URL of printable ASCII
   *     without user info and fragment; the message begins with "url"
   */
  public static EffectUrl parse(String url) {
    if (url.isEmpty() || url.length() > MAX_BYTES) {
      throw bad("must have 1 to " + MAX_BYTES + " bytes; got " + url.length());
    }
    for (int i = 0; i < url.length(); i++) {
      char c = url.charAt(i);
      if (c <= ' ' || c > '~' || "\\\"<>^`{|}".indexOf(c) >= 0) {
        throw bad("has a character that must be percent-encoded, at " + i);
      }
    }
    int schemeEnd = url.indexOf("://");
    String scheme = schemeEnd < 0 ? "" : url.substring(0, schemeEnd).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw bad("must begin with http:// or https://");
    }
    if (url.indexOf('#') >= 0) {
      throw bad("must have no fragment (#)");
    }
    int start = schemeEnd + 3;
    int end = start;
    while (end < url.length() && url.charAt(end) != '/' && url.charAt(end) != '?') {
      end++;
    }
    String authority = url.substring(start, end).toLowerCase(Locale.ROOT);
    if (authority.indexOf('@') >= 0) {
      throw bad("must have no user info (@); put credentials into a header");
    }
    String rest = url.substring(end);
    String path = rest.startsWith("/") ? rest : "/" + rest;
    int hostEnd = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
    if (hostEnd < 0) {
      hostEnd = authority.length();
    }
    String host = authority.substring(0, hostEnd);
    int port = port(scheme, authority.substring(hostEnd));
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
      if (!IN_BRACKETS.matcher(host).matches()) {
        throw bad("must have an IPv6 address in its brackets");
      }
    } else if (!NAME.matcher(host).matches()) {
      throw bad(
          "must have a host of letters, digits, '-', '_' and single full stops, at most 253 bytes"
              + " (a name in other letters in its xn-- form)");
    }
    return new EffectUrl(scheme, host, port, path);
  }

  /** Whether the connection is under TLS. */
  public boolean secure() {
    return scheme.equals("https");
  }

  /** Whether the port is the one that the scheme implies. */
  public boolean hasDefaultPort() {
    return port == defaultPort(scheme);
  }

  private static int port(String scheme, String text) {
    if (text.isEmpty() || text.equals(":")) {
      return defaultPort(scheme);
    }
    int port =
        text.startsWith(":") && PORT.matcher(text.substring(1)).matches()
            ? Integer.parseInt(text, 1, text.length(), 10)
            : 0;
    if (port < 1 || port > 65_535) {
      throw bad("must have a port from 1 to 65535");
    }
    return port;
  }

  private static int defaultPort(String scheme) {
    return scheme.equals("https") ? 443 : 80;
  }

  private static IllegalArgumentException bad(String what) {
    return new IllegalArgumentException("url " + what);
  }
}
