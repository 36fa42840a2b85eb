package io.thalweg.keys;

import com.google.protobuf.ByteString;
import io.thalweg.keys.space.BlockedWords;
import io.thalweg.keys.space.KeyMaker;
import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.space.Permutation;
import io.thalweg.keys.v1.BlockedWord;
import io.thalweg.keys.v1.NamespaceRow;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.Order;
import io.thalweg.keys.v1.Recipe;
import io.thalweg.keys.v1.Run;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What never changes of a namespace, made ready. On the partition's thread only.
 *
 * <p>Of a time-ordered one positions and numbers are the same: ms since 2020, then a counter of 21
 * bits. Of a sequential one as well.
 */
final class Namespace {
  /** 2020-01-01T00:00:00Z in ms. */
  private static final long TIME_ORIGIN_MS = 1_577_836_800_000L;

  private static final int COUNTER_BITS = 21;

  private final String name;
  private final NamespaceRow row;
  private final KeyMaker maker;
  private final @Nullable BlockOrder order;

  Namespace(String name, NamespaceRow row) {
    this.name = name;
    this.row = row;
    NamespaceSettings settings = row.getSettings();
    KeyText text = text(settings);
    boolean secret = settings.getOrder() == Order.UNGUESSABLE;
    this.maker =
        new KeyMaker(
            text,
            secret ? new Permutation(row.getMaskKey().toByteArray(), text.size()) : null,
            words(settings));
    this.order = secret ? new BlockOrder(row.getOrderKey().toByteArray(), text.size()) : null;
  }

  static KeyText text(NamespaceSettings settings) {
    return new KeyText(settings.getAlphabet(), settings.getLength(), settings.getCheckCharacter());
  }

  static BlockedWords words(NamespaceSettings settings) {
    return new BlockedWords(
        settings.getBlocklistList().stream().map(BlockedWord::getWord).toList());
  }

  long id() {
    return row.getNamespaceId();
  }

  String name() {
    return name;
  }

  NamespaceRow row() {
    return row;
  }

  Order order() {
    return row.getSettings().getOrder();
  }

  boolean isTimeOrdered() {
    return order() == Order.TIME_ORDERED;
  }

  /** How many positions there are. */
  long size() {
    return maker.text().size();
  }

  /** The first position of a time. */
  static long positionAt(long timeUs) {
    return Math.max(0, Math.floorDiv(timeUs, 1_000L) - TIME_ORIGIN_MS) << COUNTER_BITS;
  }

  KeyMaker maker() {
    return maker;
  }

  /** The position of a key; -1 if it is not of this namespace's form. */
  long positionOf(String key) {
    long number = maker.numberOf(key);
    return number < 0 || order == null ? number : order.positionOf(number);
  }

  /** The number of a position. */
  long numberAt(long position) {
    return order == null ? position : order.numberAt(position);
  }

  /** How many positions from this one on have consecutive numbers, at most {@code most}. */
  long runFrom(long position, long most) {
    return order == null ? most : order.runFrom(position, most);
  }

  /** The numbers of a range of positions. */
  void addRuns(Span span, List<Run> runs) {
    long position = span.first();
    while (position <= span.last()) {
      long count = runFrom(position, span.last() - position + 1);
      runs.add(Run.newBuilder().setStart(numberAt(position)).setCount(count).build());
      position += count;
    }
  }

  Recipe recipe() {
    return Recipe.newBuilder()
        .setNamespaceId(id())
        .setSettings(row.getSettings())
        .setMask(order == null ? ByteString.EMPTY : row.getMaskKey())
        .build();
  }
}
