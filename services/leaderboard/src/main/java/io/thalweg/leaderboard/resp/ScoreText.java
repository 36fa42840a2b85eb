package io.thalweg.leaderboard.resp;

import java.math.BigDecimal;

/**
 * Scores as text, as Redis writes them since 7.2: whole numbers plainly, others with the fewest
 * digits that read back as the same number, in scientific notation where they are long.
 */
final class ScoreText {
  private static final double MAX_PLAIN = 1L << 52;

  private ScoreText() {}

  static String of(double score) {
    if (Double.isInfinite(score)) {
      return score > 0 ? "inf" : "-inf";
    }
    if (score == (long) score && Math.abs(score) < MAX_PLAIN) {
      return Long.toString((long) score);
    }
    return score < 0 ? "-" + shortest(-score) : shortest(score);
  }

  private static String shortest(double score) {
    BigDecimal decimal = new BigDecimal(Double.toString(score)).stripTrailingZeros();
    String digits = decimal.unscaledValue().toString();
    int power = -decimal.scale();
    int exponent = power + digits.length() - 1;
    if (power >= 0 && exponent < digits.length() + 7) {
      return digits + "0".repeat(power);
    }
    if (power < 0 && (power > -7 || Math.abs(exponent) < 4)) {
      int whole = digits.length() + power;
      return whole <= 0
          ? "0." + "0".repeat(-whole) + digits
          : digits.substring(0, whole) + "." + digits.substring(whole);
    }
    return digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + "e"
        + (exponent < 0 ? "-" : "+")
        + Math.abs(exponent);
  }
}
