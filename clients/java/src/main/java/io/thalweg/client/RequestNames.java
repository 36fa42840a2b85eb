package io.thalweg.client;

import java.security.SecureRandom;
import java.util.Base64;

/** Draws names for commands: 128 random bits, so that no two clients ever draw the same one. */
final class RequestNames {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BYTES = 16;

  private RequestNames() {}

  static String draw() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
