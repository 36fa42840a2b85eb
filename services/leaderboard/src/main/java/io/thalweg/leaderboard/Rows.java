package io.thalweg.leaderboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.TieBreak;
import io.thalweg.schedules.Schedule;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.ValueCodec;
import io.thalweg.state.ValueCodecs;
import java.nio.ByteBuffer;

/**
 * How rows are stored. Each value begins with a format byte, 1 but where another is named. Numbers
 * are big-endian.
 *
 * <p>A board that has had no season yet, and whose settings of seasons are the defaults, is stored
 * as before there were seasons: format 1. All others are format 2, which adds to it.
 *
 * <pre>
 *   boards     board name       -> 1, boardId 8, createTimeMs 8, order 1, operator 1, ranking 1,
 *                                  memberCap 4, memberCount 4, sourceCount 4
 *                                  (ranking: its upper half is 1 if ties are broken by name)
 *       format 2:                     archiveTop 4, maxSeasons 4, season 4, firstKept 4,
 *                                  seasonStartMs 8, nextResetMs 8, cron, time zone: length 2, UTF-8
 *   standings  boardId, member  -> 1, score bits 8, seq 8, reachTimeMs 8
 *   imports    boardId, source  -> 1, row 8
 *   names      board, member    -> 1, key id 16, nonce 12, ciphertext: a Sealed of the member
 * </pre>
 */
final class Rows {
  static final int BOARDS = 1;
  static final int STANDINGS = 2;
  static final int IMPORTS = 3;
  static final int NAMES = 6;

  private static final byte FORMAT = 1;
  private static final byte SEASONS_FORMAT = 2;
  private static final int BOARD_BYTES = 32;
  private static final int SEASONS_BYTES = 4 * Integer.BYTES + 2 * Long.BYTES;
  private static final int TIES_SHIFT = 4;
  private static final int RANKING_MASK = (1 << TIES_SHIFT) - 1;
  private static final int STANDING_BYTES = 25;
  private static final int MARK_BYTES = 9;
  private static final int KEY_ID_BYTES = 16;
  private static final int NONCE_BYTES = 12;
  private static final byte[] NO_BYTES = {};

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

  static final KeyCodec<MemberOfBoard> NAME_KEYS =
      KeyCodecs.of(
          (key, out) -> {
            out.string(key.board());
            out.string(key.member());
          },
          in -> new MemberOfBoard(in.string(), in.string()));

  static final ValueCodec<Sealed> NAME = ValueCodecs.of(Rows::encodeName, Rows::decodeName);

  private Rows() {}

  /**
   * Key of a standing or of an import mark.
   *
   * @param name of the member or of the source
   */
  record NameOnBoard(long boardId, String name) {}

  /** Key of a display name. It outlives a reset, so the board stands by its name. */
  record MemberOfBoard(String board, String member) {}

  /** All rows of a board. */
  static KeyPrefix ofBoard(long boardId) {
    return KeyPrefix.of(out -> out.int64(boardId));
  }

  /** All display names of a board. */
  static KeyPrefix namesOf(String board) {
    return KeyPrefix.of(out -> out.string(board));
  }

  private static byte[] encodeName(Sealed name) {
    return ByteBuffer.allocate(1 + KEY_ID_BYTES + NONCE_BYTES + name.getCiphertext().size())
        .put(FORMAT)
        .put(name.getKeyId().toByteArray())
        .put(name.getNonce().toByteArray())
        .put(name.getCiphertext().toByteArray())
        .array();
  }

  // The subject is the member, who is in the row's key.
  private static Sealed decodeName(byte[] bytes) {
    int head = 1 + KEY_ID_BYTES + NONCE_BYTES;
    if (bytes.length < head || bytes[0] != FORMAT) {
      throw new IllegalArgumentException(
          "stored name: expected at least %d bytes of format %d; got %d"
              .formatted(head, FORMAT, bytes.length));
    }
    return Sealed.newBuilder()
        .setKeyId(ByteString.copyFrom(bytes, 1, KEY_ID_BYTES))
        .setNonce(ByteString.copyFrom(bytes, 1 + KEY_ID_BYTES, NONCE_BYTES))
        .setCiphertext(ByteString.copyFrom(bytes, head, bytes.length - head))
        .build();
  }

  private static byte[] encodeBoard(BoardRow row) {
    Settings s = row.settings();
    boolean plain =
        s.seasonsAreDefault() && row.seasons().equals(SeasonMarks.first(row.createTimeMs()));
    Schedule schedule = s.schedule();
    byte[] cron = schedule == null ? NO_BYTES : schedule.cron().getBytes(UTF_8);
    byte[] zone = schedule == null ? NO_BYTES : schedule.timeZone().getBytes(UTF_8);
    int more = plain ? 0 : SEASONS_BYTES + 2 * Short.BYTES + cron.length + zone.length;
    ByteBuffer out =
        ByteBuffer.allocate(BOARD_BYTES + more)
            .put(plain ? FORMAT : SEASONS_FORMAT)
            .putLong(row.boardId())
            .putLong(row.createTimeMs())
            .put((byte) s.order().getNumber())
            .put((byte) s.operator().getNumber())
            .put(rankingAndTies(s))
            .putInt(s.memberCap())
            .putInt(row.memberCount())
            .putInt(row.sourceCount());
    if (!plain) {
      out.putInt(s.archiveTop())
          .putInt(s.maxSeasons())
          .putInt(row.seasons().current())
          .putInt(row.seasons().firstKept())
          .putLong(row.seasons().startMs())
          .putLong(row.seasons().nextResetMs());
      out.putShort((short) cron.length).put(cron).putShort((short) zone.length).put(zone);
    }
    return out.array();
  }

  /** Ties take the upper half of the byte, and are 0 as they were before there was a choice. */
  private static byte rankingAndTies(Settings settings) {
    int ties = settings.tieBreak() == TieBreak.BY_NAME ? 1 : 0;
    return (byte) (ties << TIES_SHIFT | settings.ranking().getNumber());
  }

  private static BoardRow decodeBoard(byte[] bytes) {
    boolean plain = bytes.length == BOARD_BYTES;
    ByteBuffer in = plain ? open("board", bytes, BOARD_BYTES) : openBoardWithSeasons(bytes);
    long boardId = in.getLong();
    long createTimeMs = in.getLong();
    Order order = known("order", Order.forNumber(in.get()));
    Operator operator = known("operator", Operator.forNumber(in.get()));
    byte rankingAndTies = in.get();
    Ranking ranking = known("ranking", Ranking.forNumber(rankingAndTies & RANKING_MASK));
    Settings settings =
        new Settings(order, operator, ranking, in.getInt())
            .withTieBreak(
                rankingAndTies >> TIES_SHIFT == 0 ? TieBreak.REACHED_FIRST : TieBreak.BY_NAME);
    int memberCount = in.getInt();
    int sourceCount = in.getInt();
    if (plain) {
      return new BoardRow(boardId, createTimeMs, settings, memberCount, sourceCount);
    }
    int archiveTop = in.getInt();
    int maxSeasons = in.getInt();
    SeasonMarks seasons = new SeasonMarks(in.getInt(), in.getInt(), in.getLong(), in.getLong());
    String cron = text(in);
    String zone = text(in);
    return new BoardRow(
        boardId,
        createTimeMs,
        settings.withSeasons(
            cron.isEmpty() ? null : new Schedule(cron, zone), archiveTop, maxSeasons),
        memberCount,
        sourceCount,
        seasons);
  }

  private static ByteBuffer openBoardWithSeasons(byte[] bytes) {
    int least = BOARD_BYTES + SEASONS_BYTES + 2 * Short.BYTES;
    if (bytes.length < least || bytes[0] != SEASONS_FORMAT) {
      throw new IllegalArgumentException(
          "stored board: expected %d bytes of format %d, or at least %d of format %d; got %d"
              .formatted(BOARD_BYTES, FORMAT, least, SEASONS_FORMAT, bytes.length));
    }
    return ByteBuffer.wrap(bytes, 1, bytes.length - 1);
  }

  private static String text(ByteBuffer in) {
    byte[] utf8 = new byte[in.getShort()];
    in.get(utf8);
    return new String(utf8, UTF_8);
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
