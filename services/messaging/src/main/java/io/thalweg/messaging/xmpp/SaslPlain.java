package io.thalweg.messaging.xmpp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a client says with SASL PLAIN: RFC 4616.
 *
 * @param user whom it is, by the name in messaging
 * @param password an API key: secret
 */
record SaslPlain(String user, String password) {
  private static final int MAX_CHARS = 4_096;

  /** Reads it; null if it is none, or names another user to act for. */
  static @Nullable SaslPlain parse(String base64, String domain) {
    if (base64.length() > MAX_CHARS) {
      return null;
    }
    String[] parts;
    try {
      byte[] bytes = Base64.getDecoder().decode(base64.strip());
      parts =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes))
              .toString()
              .split("\0", -1);
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return null;
    }
    if (parts.length != 3) {
      return null;
    }
    // Some clients give their whole address as the name.
    String name = parts[1];
    String user =
        Jid.unescape(name.endsWith("@" + domain) ? name.substring(0, name.lastIndexOf('@')) : name);
    if (!Jid.isUser(user)) {
      return null;
    }
    Jid self = new Jid(user, domain, "");
    return parts[0].isEmpty() || self.equals(Jid.parse(parts[0]))
        ? new SaslPlain(user, parts[2])
        : null;
  }

  @Override
  public String toString() {
    return "SaslPlain[" + user + "]";
  }
}
