package io.thalweg.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Page tokens of lists that are ordered by name: a token holds the last name of its page, and the
 * next page begins behind it, whatever was added or removed in between.
 */
public final class NamePages {
  private static final byte FORMAT = 2;

  private NamePages() {}

  /** The token of the page that ends with {@code name}. */
  public static String tokenAfter(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[1 + utf8.length];
    bytes[0] = FORMAT;
    System.arraycopy(utf8, 0, bytes, 1, utf8.length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The name behind which a page begins.
   *
   * @param pageToken empty: the first page
   * @return empty for the first page
   * @throws Failure INVALID_ARGUMENT if it is no such token
   */
  public static String nameBefore(String pageToken) {
    if (pageToken.isEmpty()) {
      return "";
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(pageToken);
    } catch (IllegalArgumentException notBase64) {
      throw unknown(pageToken);
    }
    if (bytes.length < 2 || bytes[0] != FORMAT) {
      throw unknown(pageToken);
    }
    String name = new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
    if (!tokenAfter(name).equals(pageToken)) {
      throw unknown(pageToken);
    }
    return name;
  }

  private static Failure unknown(String token) {
    return Failure.invalid(
        "page_token", "must be from an earlier answer; got '" + Failure.quote(token) + "'");
  }
}
