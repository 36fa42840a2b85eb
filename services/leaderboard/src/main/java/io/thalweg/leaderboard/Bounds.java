package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/** Bounds beside those that the contract states by field options. */
final class Bounds {
  /** Boards in a partition, of all projects. */
  static final int MAX_BOARDS = 1_000_000;

  /** Members of a board without a cap. */
  static final int MAX_MEMBERS = 50_000_000;

  /** Sources with an import mark on one board. */
  static final int MAX_SOURCES = 100_000;

  static final int MAX_NAME_BYTES = 128;
  static final int DEFAULT_PAGE_SIZE = 50;
  static final int DEFAULT_AROUND = 5;

  private Bounds() {}

  /**
   * Whether a name is all of printable or control ASCII but U+0000, and of a good length, which
   * most are: then nothing else need be checked, and no field named.
   */
  static boolean isPlain(String name) {
    int length = name.length();
    if (length == 0 || length > MAX_NAME_BYTES) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c == 0 || c >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /**
   * Checks a name whose length the contract has checked.
   *
   * @throws Failure INVALID_ARGUMENT if it has half of a surrogate pair, which UTF-8 cannot say, or
   *     U+0000, which a path cannot say
   */
  static void checkName(String field, String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == 0) {
        throw Failure.invalid(field, "must not have the character U+0000; got it at " + i);
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
   * Checks a name whose length nobody has checked.
   *
   * @throws Failure INVALID_ARGUMENT if it is empty, over-long, not valid Unicode, or has U+0000
   */
  static void checkWholeName(String field, String name) {
    checkName(field, name);
    int bytes = name.length() > MAX_NAME_BYTES ? name.length() : utf8Bytes(name);
    if (bytes == 0 || bytes > MAX_NAME_BYTES) {
      throw Failure.invalid(
          field, "must have 1 to " + MAX_NAME_BYTES + " bytes of UTF-8; got " + utf8Bytes(name));
    }
  }

  private static int utf8Bytes(String name) {
    return name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
  }

  /** RESOURCE_EXHAUSTED: a bound of this service is reached. */
  static Failure exhausted(String what) {
    return Failure.of(Code.RESOURCE_EXHAUSTED, what);
  }
}
