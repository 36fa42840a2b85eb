package io.thalweg.messaging.xmpp;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Names of conversations of two: "direct~ANA~BO", with the users in the order of code points. */
final class Directs {
  static final String PREFIX = "direct~";

  private Directs() {}

  static String of(String one, String other) {
    boolean inOrder = Arrays.compare(one.codePoints().toArray(), other.codePoints().toArray()) <= 0;
    return PREFIX + (inOrder ? one + "~" + other : other + "~" + one);
  }

  /** The other one of a conversation of a user; null if it is not of two. */
  static @Nullable String other(String conversation, String user) {
    if (!conversation.startsWith(PREFIX)) {
      return null;
    }
    String both = conversation.substring(PREFIX.length());
    int at = both.indexOf('~');
    if (at < 0) {
      return null;
    }
    String one = both.substring(0, at);
    return one.equals(user) ? both.substring(at + 1) : one;
  }
}
