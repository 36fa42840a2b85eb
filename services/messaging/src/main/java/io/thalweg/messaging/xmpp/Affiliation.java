package io.thalweg.messaging.xmpp;

import io.thalweg.messaging.v1.Role;
import org.jspecify.annotations.Nullable;

/**
 * Roles of messaging in the words of XEP-0045. Whoever is in a room is a member of the group, so
 * what XEP-0045 calls role and affiliation go together.
 */
final class Affiliation {
  private Affiliation() {}

  static String affiliation(Role role) {
    return switch (role) {
      case OWNER -> "owner";
      case MODERATOR -> "admin";
      case MEMBER, READER -> "member";
      case ROLE_UNSPECIFIED, UNRECOGNIZED -> "none";
    };
  }

  static String role(Role role) {
    return switch (role) {
      case OWNER, MODERATOR -> "moderator";
      case MEMBER -> "participant";
      case READER -> "visitor";
      case ROLE_UNSPECIFIED, UNRECOGNIZED -> "none";
    };
  }

  /** The role of an affiliation that is one of members; null if it is none. */
  static @Nullable Role ofAffiliation(String name) {
    return switch (name) {
      case "owner" -> Role.OWNER;
      case "admin" -> Role.MODERATOR;
      case "member" -> Role.MEMBER;
      default -> null;
    };
  }

  /** The role of messaging that a role within a room is; null if it is none. */
  static @Nullable Role ofRole(String name) {
    return switch (name) {
      case "moderator" -> Role.MODERATOR;
      case "participant" -> Role.MEMBER;
      case "visitor" -> Role.READER;
      default -> null;
    };
  }
}
