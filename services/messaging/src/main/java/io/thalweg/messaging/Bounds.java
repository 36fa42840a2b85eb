package io.thalweg.messaging;

import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/** Bounds beside those that the contract states by field options. */
final class Bounds {
  /** So many of the newest messages of a conversation are known by their client message id. */
  static final int SENT_WINDOW = 10_000;

  /** Items that an inbox keeps. */
  static final int MAX_ITEMS = 10_000;

  /** Items that one acknowledgement passes, but for that of all. */
  static final int MAX_ACKED = 1_000;

  /** Acknowledged receipts go to so many conversations at once. */
  static final int MAX_TOLD = 1_000;

  /** With more members inboxes are told by markers. */
  static final int LARGE = 100;

  /** Inboxes that one step of a large group tells. */
  static final int FAN_OUT = 200;

  /** A large group rests between two rounds, log time. */
  static final long FAN_OUT_REST_US = 1_000_000;

  /** A round whose steps were given up, or that takes so long, is begun again by a message. */
  static final long FAN_OUT_STUCK_US = 60_000_000;

  static final int MAX_MEMBERS = 100_000;
  static final int MAX_INVITED = 1_000;
  static final int MAX_BANNED = 10_000;
  static final int MAX_REACTIONS = 20;

  /** Changes of a conversation that are known. */
  static final int MAX_CHANGES = 10_000;

  /** Messages that one step removes. */
  static final int EXPIRE = 500;

  /** Conversations that one step of an erasure leaves. */
  static final int ERASE = 500;

  static final int MAX_BLOCKED = 10_000;
  static final long TYPING_US = 10_000_000;
  static final int DEFAULT_PRESENCE_MS = 60_000;
  static final int MAX_DEVICES = 100;

  /** Of so many of a user's newest conversations the others are told of its devices. */
  static final int MAX_TOLD_CHATS = 200;

  static final int MAX_CHATS = 100_000;

  /** Unread messages that mention a user and are counted. */
  static final int MAX_MENTIONS = 20;

  /** Content of an answer. */
  static final int MAX_ANSWER_BYTES = 1 << 20;

  private static final int MAX_USER_BYTES = 56;
  private static final long MAX_SECONDS = Long.MAX_VALUE / 2_000_000;

  private Bounds() {}

  /**
   * Checks a name whose length the contract has checked.
   *
   * @throws Failure INVALID_ARGUMENT if it is not valid Unicode, or has a control character
   */
  static void checkName(String field, String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isISOControl(c)) {
        throw Failure.invalid(field, "must not have control characters; got one at " + i);
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == name.length()
            || !Character.isLowSurrogate(name.charAt(i + 1))) {
          throw Failure.invalid(
              field, "must be valid Unicode; got half of a surrogate pair at character " + i);
        }
        i++;
      }
    }
  }

  /**
   * Checks the name of a user, with its length.
   *
   * @throws Failure INVALID_ARGUMENT if it is empty, over-long, or has characters that it may not
   */
  static void checkUser(String field, String user) {
    checkName(field, user);
    if (user.isEmpty() || DirectName.utf8Bytes(user) > MAX_USER_BYTES) {
      throw Failure.invalid(
          field,
          "must have 1 to "
              + MAX_USER_BYTES
              + " bytes of UTF-8; got "
              + DirectName.utf8Bytes(user));
    }
    if (user.indexOf(DirectName.SEPARATOR) >= 0) {
      throw Failure.invalid(field, "must not have '~'; got '" + Failure.quote(user) + "'");
    }
  }

  static Timestamp time(long us) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(us, 1_000_000L))
        .setNanos((int) Math.floorMod(us, 1_000_000L) * 1000)
        .build();
  }

  /** Microseconds since 1970; a time that is far away is as far as can be said. */
  static long us(Timestamp time) {
    long seconds = Math.clamp(time.getSeconds(), -MAX_SECONDS, MAX_SECONDS);
    return seconds * 1_000_000L + time.getNanos() / 1000;
  }

  /** PERMISSION_DENIED. */
  static Failure denied(String what) {
    return Failure.of(Code.PERMISSION_DENIED, what);
  }

  /** RESOURCE_EXHAUSTED: a bound of this service is reached. */
  static Failure exhausted(String what) {
    return Failure.of(Code.RESOURCE_EXHAUSTED, what);
  }
}
