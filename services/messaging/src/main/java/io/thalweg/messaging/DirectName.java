package io.thalweg.messaging;

import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The name of a conversation of two: "direct~ANA~BO", so that both find the same one without asking
 * anybody. Somebody may talk to nobody else: then both are the same.
 *
 * @param first the user whose name comes first by code points
 * @param second the other one
 */
record DirectName(String first, String second) {
  static final char SEPARATOR = '~';
  private static final String PREFIX = "direct~";

  /** Whether a name is of this form; it may still be a bad one. */
  static boolean isDirect(String conversation) {
    return conversation.startsWith(PREFIX);
  }

  /**
   * Reads a name; null if it is that of a group.
   *
   * @throws Failure INVALID_ARGUMENT if it begins like one and is none
   */
  static @Nullable DirectName parse(String conversation) {
    if (!isDirect(conversation)) {
      return null;
    }
    String both = conversation.substring(PREFIX.length());
    int at = both.indexOf(SEPARATOR);
    if (at < 0) {
      throw Failure.invalid(
          "conversation",
          "must be 'direct~ANA~BO' with two users; got '" + Failure.quote(conversation) + "'");
    }
    DirectName name = new DirectName(both.substring(0, at), both.substring(at + 1));
    Bounds.checkUser("conversation: the first user", name.first);
    Bounds.checkUser("conversation: the second user", name.second);
    if (compare(name.first, name.second) > 0) {
      throw Failure.invalid(
          "conversation",
          "must have its users in order: 'direct~"
              + Failure.quote(name.second)
              + "~"
              + Failure.quote(name.first)
              + "'");
    }
    return name;
  }

  /** The name of the conversation of two users, whatever their order. */
  static String of(String one, String other) {
    return compare(one, other) <= 0
        ? PREFIX + one + SEPARATOR + other
        : PREFIX + other + SEPARATOR + one;
  }

  List<String> users() {
    return first.equals(second) ? List.of(first) : List.of(first, second);
  }

  boolean has(String user) {
    return user.equals(first) || user.equals(second);
  }

  /** The other one of one of them. */
  String other(String user) {
    return user.equals(first) ? second : first;
  }

  private static int compare(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }

  static int utf8Bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
