package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.ValueCodec;
import io.thalweg.state.ValueCodecs;
import java.nio.ByteBuffer;

/**
 * How rows are stored. Each value begins with a format byte, 1. Numbers are big-endian.
 *
 * <pre>
 *   boards     board name       -> 1, boardId 8, createTimeMs 8, order 1, operator 1, ranking 1,
 *                                  memberCap 4, memberCount 4, sourceCount 4
 *   standings  boardId, member  -> 1, score bits 8, seq 8, reachTimeMs 8
 *   imports    boardId, source  -> 1, row 8
 * </pre>
 */
final class Rows {
  static final int BOARDS = 1;
  static final int STANDINGS = 2;
  static final int IMPORTS = 3;

  private static final byte FORMAT = 1;
  private static final int BOARD_BYTES = 32;
  private static final int STANDING_BYTES = 25;
  private static final int MARK_BYTES = 9;

  static final KeyCodec<NameOnBoard> KEYS =
      KeyCodecs.of(
          (key, out) -> {
            out.int64(key.boardId());
            out.string(key.name());
          },
          in -> new NameOnBoard(in.int64(), in.string()));

  static final ValueCodec<BoardRow> BOARD = ValueCodecs.of(Rows::encodeBoard, Rows::decodeBoard);
  static final ValueCodec<Standing> STANDING =
      ValueCodecs.of(Rows::encodeStanding, Rows::decodeStanding);
  static final ValueCodec<Long> MARK = ValueCodecs.of(Rows::encodeMark, Rows::decodeMark);

  private Rows() {}

  /**
   * Key of a standing or of an import mark.
   *
   * @param name of the member or of the source
   */
  record NameOnBoard(long boardId, String name) {}

  /** All rows of a board. */
  static KeyPrefix ofBoard(long boardId) {
    return KeyPrefix.of(out -> out.int64(boardId));
  }

  private static byte[] encodeBoard(BoardRow row) {
    Settings s = row.settings();
    return ByteBuffer.allocate(BOARD_BYTES)
        .put(FORMAT)
        .putLong(row.boardId())
        .putLong(row.createTimeMs())
        .put((byte) s.order().getNumber())
        .put((byte) s.operator().getNumber())
        .put((byte) s.ranking().getNumber())
        .putInt(s.memberCap())
        .putInt(row.memberCount())
        .putInt(row.sourceCount())
        .array();
  }

  private static BoardRow decodeBoard(byte[] bytes) {
    ByteBuffer in = open("board", bytes, BOARD_BYTES);
    return new BoardRow(
        in.getLong(),
        in.getLong(),
        new Settings(
            known("order", Order.forNumber(in.get())),
            known("operator", Operator.forNumber(in.get())),
            known("ranking", Ranking.forNumber(in.get())),
            in.getInt()),
        in.getInt(),
        in.getInt());
  }

  private static byte[] encodeStanding(Standing standing) {
    return ByteBuffer.allocate(STANDING_BYTES)
        .put(FORMAT)
        .putDouble(standing.score())
        .putLong(standing.seq())
        .putLong(standing.reachTimeMs())
        .array();
  }

  private static Standing decodeStanding(byte[] bytes) {
    ByteBuffer in = open("standing", bytes, STANDING_BYTES);
    return new Standing(in.getDouble(), in.getLong(), in.getLong());
  }

  private static byte[] encodeMark(Long row) {
    return ByteBuffer.allocate(MARK_BYTES).put(FORMAT).putLong(row).array();
  }

  private static Long decodeMark(byte[] bytes) {
    return open("import mark", bytes, MARK_BYTES).getLong();
  }

  private static ByteBuffer open(String what, byte[] bytes, int expected) {
    if (bytes.length != expected || bytes[0] != FORMAT) {
      throw new IllegalArgumentException(
          "stored "
              + what
              + ": expected "
              + expected
              + " bytes of format "
              + FORMAT
              + "; got "
              + bytes.length);
    }
    return ByteBuffer.wrap(bytes, 1, expected - 1);
  }

  private static <E> E known(String what, @org.jspecify.annotations.Nullable E value) {
    if (value == null) {
      throw new IllegalArgumentException("stored board: unknown " + what);
    }
    return value;
  }
}
