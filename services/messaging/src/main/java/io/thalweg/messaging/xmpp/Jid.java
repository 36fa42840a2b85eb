package io.thalweg.messaging.xmpp;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An address: {@code USER@DOMAIN/RESOURCE}. The part before the domain is the user's name in
 * messaging, escaped as XEP-0106 says where it has characters that an address cannot have. Names
 * are taken as they are: since clients fold case, users of XMPP have names in lower case.
 *
 * @param user name in messaging; empty: the server
 * @param domain what the client calls this server
 * @param resource name of a device; empty: all of the user's
 */
record Jid(String user, String domain, String resource) {
  private static final String ESCAPED = " \"&'/:<>@\\";
  private static final int MAX_CHARS = 1_024;
  private static final int MAX_USER_BYTES = 56;
  private static final int MAX_RESOURCE_BYTES = 64;
  private static final int MAX_DOMAIN_CHARS = 253;

  /** Reads an address; null if it is none, or one beyond the bounds of messaging. */
  static @Nullable Jid parse(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_CHARS) {
      return null;
    }
    int slash = text.indexOf('/');
    String bare = slash < 0 ? text : text.substring(0, slash);
    String resource = slash < 0 ? "" : text.substring(slash + 1);
    int at = bare.indexOf('@');
    String local = at < 0 ? "" : bare.substring(0, at);
    String domain = bare.substring(at + 1);
    if (at == 0
        || (slash >= 0 && !isResource(resource))
        || !isDomain(domain)
        || (at > 0 && !isUser(unescape(local)))) {
      return null;
    }
    return new Jid(unescape(local), domain, resource);
  }

  static boolean isDomain(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_DOMAIN_CHARS
        && text.chars().allMatch(c -> Character.isLetterOrDigit(c) || ".-_:[]".indexOf(c) >= 0);
  }

  /** Whether it may be the name of a user in messaging. */
  static boolean isUser(String text) {
    return isName(text, MAX_USER_BYTES) && text.indexOf('~') < 0;
  }

  static boolean isResource(String text) {
    return isName(text, MAX_RESOURCE_BYTES);
  }

  private static boolean isName(String text, int maxBytes) {
    return !text.isEmpty()
        && text.getBytes(StandardCharsets.UTF_8).length <= maxBytes
        && text.chars().noneMatch(Character::isISOControl);
  }

  static String escape(String user) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < user.length(); i++) {
      char c = user.charAt(i);
      if (ESCAPED.indexOf(c) >= 0) {
        out.append('\\').append(Integer.toHexString(c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  static String unescape(String local) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < local.length(); i++) {
      char c = local.charAt(i);
      if (c == '\\' && i + 2 < local.length()) {
        int code = code(local.substring(i + 1, i + 3));
        if (code > 0 && ESCAPED.indexOf(code) >= 0) {
          out.append((char) code);
          i += 2;
          continue;
        }
      }
      out.append(c);
    }
    return out.toString();
  }

  private static int code(String hex) {
    return Character.digit(hex.charAt(0), 16) < 0 || Character.digit(hex.charAt(1), 16) < 0
        ? -1
        : Integer.parseInt(hex, 16);
  }

  boolean isServer() {
    return user.isEmpty();
  }

  Jid bare() {
    return new Jid(user, domain, "");
  }

  /** Another user of the same server. */
  Jid of(String other) {
    return new Jid(other, domain, "");
  }

  Jid at(String device) {
    return new Jid(user, domain, device);
  }

  @Override
  public String toString() {
    return (user.isEmpty() ? "" : escape(user) + "@")
        + domain
        + (resource.isEmpty() ? "" : "/" + resource);
  }
}
