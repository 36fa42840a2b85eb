package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.TieBreak;
import io.thalweg.runtime.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where a page of entries ended: the place (score, seq) of its last entry. The next page begins
 * after this place, so whatever changes in between, a member that did not move is neither missed
 * nor met twice. A token is bound to its query, without the page size, and to the board as it was
 * created or last reset.
 *
 * @param score of the last entry
 * @param seq of the last entry
 * @param member of the last entry, where ties are broken by name; otherwise empty
 */
record PageToken(double score, long seq, String member) {
  private static final byte FORMAT = 1;
  private static final byte NAMED_FORMAT = 2;
  private static final int QUERY_BYTES = 8;
  private static final int BYTES = 1 + QUERY_BYTES + 3 * Long.BYTES;

  /** The token as text, for the same query on the same board. */
  String encode(ListEntriesRequest query, BoardRow board) {
    byte[] name = member.getBytes(StandardCharsets.UTF_8);
    byte[] bytes =
        ByteBuffer.allocate(BYTES + name.length)
            .put(name.length == 0 ? FORMAT : NAMED_FORMAT)
            .put(digest(query, board))
            .putLong(board.boardId())
            .putDouble(score)
            .putLong(seq)
            .put(name)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The query's token, or null if it has none.
   *
   * @throws Failure INVALID_ARGUMENT if it is not one of this query on this board
   */
  static @Nullable PageToken of(ListEntriesRequest query, BoardRow board) {
    if (query.getPageToken().isEmpty()) {
      return null;
    }
    byte[] bytes = decode(query.getPageToken());
    boolean named = board.settings().tieBreak() == TieBreak.BY_NAME;
    if (bytes.length < BYTES
        || bytes.length > BYTES + Bounds.MAX_NAME_BYTES
        || bytes.length > BYTES != named
        || bytes[0] != (named ? NAMED_FORMAT : FORMAT)) {
      throw unknown(query.getPageToken());
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, BYTES - 1);
    byte[] digest = new byte[QUERY_BYTES];
    in.get(digest);
    if (!Arrays.equals(digest, digest(query, board))) {
      throw Failure.invalid(
          "page_token",
          "must be from an earlier answer to the same query (board, from_rank, min_score,"
              + " max_score); got one of another");
    }
    if (in.getLong() != board.boardId()) {
      throw Failure.invalid(
          "page_token", "must be from the board as it is, but it was reset; begin again without");
    }
    PageToken token =
        new PageToken(
            in.getDouble(),
            in.getLong(),
            new String(bytes, BYTES, bytes.length - BYTES, StandardCharsets.UTF_8));
    if (Double.isNaN(token.score()) || token.seq() < 0 || token.seq() == Long.MAX_VALUE) {
      throw unknown(query.getPageToken());
    }
    return token;
  }

  /** Bytes of a token in URL-safe base64, or none if it is not that. */
  static byte[] decode(String token) {
    try {
      return Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException notBase64) {
      return new byte[0];
    }
  }

  static Failure unknown(String token) {
    return Failure.invalid(
        "page_token", "must be from an earlier answer; got '" + Failure.quote(token) + "'");
  }

  private static byte[] digest(ListEntriesRequest query, BoardRow board) {
    byte[] name = query.getBoard().getBytes(StandardCharsets.UTF_8);
    ByteBuffer all = ByteBuffer.allocate(1 + Integer.BYTES + 2 * (1 + Double.BYTES) + name.length);
    all.put((byte) board.settings().order().getNumber());
    all.putInt(query.getFromRank());
    all.put((byte) (query.hasMinScore() ? 1 : 0)).putDouble(query.getMinScore() + 0.0);
    all.put((byte) (query.hasMaxScore() ? 1 : 0)).putDouble(query.getMaxScore() + 0.0);
    all.put(name);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.array());
      return Arrays.copyOf(hash, QUERY_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
