package io.thalweg.leaderboard;

import io.thalweg.runtime.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Where a page of the archive ended: a number, and the board and season that it was asked for.
 * Ended seasons do not change, so a number is enough.
 */
final class SeasonToken {
  private static final byte FORMAT = 3;
  private static final int HEAD_BYTES = 1 + 2 * Integer.BYTES;

  private SeasonToken() {}

  /**
   * The token as text.
   *
   * @param season 0: of the list of seasons
   */
  static String write(String board, int season, int at) {
    byte[] name = board.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + name.length);
    bytes.put(FORMAT).putInt(season).putInt(at).put(name);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /**
   * The number in a token of the same query.
   *
   * @throws Failure INVALID_ARGUMENT if it is not one
   */
  static int read(String token, String board, int season) {
    byte[] bytes = PageToken.decode(token);
    if (bytes.length <= HEAD_BYTES || bytes[0] != FORMAT) {
      throw PageToken.unknown(token);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
    boolean sameSeason = in.getInt() == season;
    int at = in.getInt();
    byte[] name = Arrays.copyOfRange(bytes, HEAD_BYTES, bytes.length);
    if (at < 0 || !sameSeason || !Arrays.equals(name, board.getBytes(StandardCharsets.UTF_8))) {
      throw Failure.invalid(
          "page_token",
          "must be from an earlier answer to the same query (board, season); got one of another");
    }
    return at;
  }
}
