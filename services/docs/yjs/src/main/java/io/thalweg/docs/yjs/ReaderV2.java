package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Version 2: a column for each kind of part, packed by runs, and the rest behind them. */
final class ReaderV2 implements StructReader {
  private final ByteReader rest;
  private final Differences keyClocks;
  private final Runs clients;
  private final Differences leftClocks;
  private final Differences rightClocks;
  private final ByteRuns infos;
  private final Strings strings;
  private final ByteRuns parentInfos;
  private final Runs typeKinds;
  private final Runs lengths;
  private final List<String> keys = new ArrayList<>();
  private long rangeAt;

  ReaderV2(ByteReader bytes) {
    this.rest = bytes;
    if (bytes.readVarUint() != 0) {
      throw bytes.malformed("features of version 2 that are not known");
    }
    this.keyClocks = new Differences(bytes.readSlice());
    this.clients = new Runs(bytes.readSlice());
    this.leftClocks = new Differences(bytes.readSlice());
    this.rightClocks = new Differences(bytes.readSlice());
    this.infos = new ByteRuns(bytes.readSlice());
    this.strings = new Strings(bytes.readSlice());
    this.parentInfos = new ByteRuns(bytes.readSlice());
    this.typeKinds = new Runs(bytes.readSlice());
    this.lengths = new Runs(bytes.readSlice());
  }

  @Override
  public ByteReader rest() {
    return rest;
  }

  @Override
  public long client() {
    return clients.next();
  }

  @Override
  public int info() {
    return infos.next();
  }

  @Override
  public Id leftId() {
    return new Id(clients.next(), leftClocks.next());
  }

  @Override
  public Id rightId() {
    return new Id(clients.next(), rightClocks.next());
  }

  @Override
  public boolean parentInfo() {
    return parentInfos.next() == 1;
  }

  @Override
  public String string() {
    return strings.next();
  }

  @Override
  public int typeKind() {
    return typeKinds.nextInt();
  }

  @Override
  public int length() {
    return lengths.nextInt();
  }

  @Override
  public @Nullable Object any() {
    return AnyValue.read(rest);
  }

  @Override
  public byte[] bytes() {
    return rest.readBytes();
  }

  @Override
  public String json() {
    return JsonText.write(AnyValue.read(rest));
  }

  @Override
  public String key() {
    int clock = keyClocks.next();
    if (clock < keys.size()) {
      return keys.get(clock);
    }
    String key = strings.next();
    keys.add(key);
    return key;
  }

  @Override
  public void beginRanges() {
    rangeAt = 0;
  }

  @Override
  public int rangeClock() {
    rangeAt += rest.readVarUint();
    return bounded(rest, rangeAt);
  }

  @Override
  public int rangeLength() {
    long length = rest.readVarUint() + 1;
    rangeAt += length;
    return bounded(rest, length);
  }

  private static int bounded(ByteReader at, long value) {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw at.malformed("%d is not from 0 to 2147483647".formatted(value));
    }
    return (int) value;
  }

  /** Numbers; one that comes several times has its sign set and its count behind it. */
  private static final class Runs {
    private final ByteReader bytes;
    private long value;
    private long left;

    Runs(ByteReader bytes) {
      this.bytes = bytes;
    }

    long next() {
      if (left == 0) {
        double read = bytes.readVarInt();
        value = (long) Math.abs(read);
        left = Math.copySign(1, read) < 0 ? bytes.readVarUint() + 2 : 1;
      }
      left--;
      return value;
    }

    int nextInt() {
      return bounded(bytes, next());
    }
  }

  /** Numbers by their difference to the one before; the lowest bit says that a count follows. */
  private static final class Differences {
    private final ByteReader bytes;
    private long value;
    private long difference;
    private long left;

    Differences(ByteReader bytes) {
      this.bytes = bytes;
    }

    int next() {
      if (left == 0) {
        long read = (long) bytes.readVarInt();
        difference = read >> 1;
        left = (read & 1) != 0 ? bytes.readVarUint() + 2 : 1;
      }
      left--;
      value += difference;
      return bounded(bytes, value);
    }
  }

  /** Bytes, each with its count; the last one comes for ever. */
  private static final class ByteRuns {
    private final ByteReader bytes;
    private int value;
    private long left;

    ByteRuns(ByteReader bytes) {
      this.bytes = bytes;
    }

    int next() {
      if (left == 0) {
        value = bytes.readByte();
        left = bytes.remaining() > 0 ? bytes.readVarUint() + 1 : Long.MAX_VALUE;
      }
      left--;
      return value;
    }
  }

  /** One long string, and the lengths of its parts. */
  private static final class Strings {
    private final ByteReader bytes;
    private final String all;
    private final Runs lengths;
    private int from;

    Strings(ByteReader bytes) {
      this.bytes = bytes;
      this.all = bytes.remaining() == 0 ? "" : bytes.readString();
      this.lengths = new Runs(bytes);
    }

    String next() {
      int length = lengths.nextInt();
      if (length > all.length() - from) {
        throw bytes.malformed("the strings end too early");
      }
      from += length;
      return all.substring(from - length, from);
    }
  }
}
