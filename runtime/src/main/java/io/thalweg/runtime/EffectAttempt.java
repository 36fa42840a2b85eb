package io.thalweg.runtime;

import java.util.regex.Pattern;

/**
 * One try of an effect.
 *
 * @param id of the effect, the same for all its attempts, unique for the receiver: 1 to 128
 *     letters, digits, {@code -} and {@code _}. No full stop: the id is followed by one where it is
 *     signed
 * @param attempt which try this is, from 1
 * @param request what to do
 */
public record EffectAttempt(String id, int attempt, HttpEffect request) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  public EffectAttempt {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "id must be 1 to 128 letters, digits, '-' and '_'; got " + id.length() + " characters");
    }
    if (attempt < 1) {
      throw new IllegalArgumentException("attempt must be 1 or more; got " + attempt);
    }
  }
}
