package io.thalweg.docs.yjs;

import org.jspecify.annotations.Nullable;

/** Version 2: a column for each kind of part, packed by runs, and the rest behind them. */
final class WriterV2 implements StructWriter {
  private final ByteWriter rest = new ByteWriter(256);
  private final Differences keyClocks = new Differences();
  private final Runs clients = new Runs();
  private final Differences leftClocks = new Differences();
  private final Differences rightClocks = new Differences();
  private final ByteRuns infos = new ByteRuns();
  private final StringBuilder strings = new StringBuilder();
  private final Runs stringLengths = new Runs();
  private final ByteRuns parentInfos = new ByteRuns();
  private final Runs typeKinds = new Runs();
  private final Runs lengths = new Runs();
  private int keys;
  private int rangeAt;

  @Override
  public ByteWriter rest() {
    return rest;
  }

  @Override
  public void client(long client) {
    clients.add(client);
  }

  @Override
  public void info(int info) {
    infos.add(info);
  }

  @Override
  public void leftId(Id id) {
    clients.add(id.client());
    leftClocks.add(id.clock());
  }

  @Override
  public void rightId(Id id) {
    clients.add(id.client());
    rightClocks.add(id.clock());
  }

  @Override
  public void parentInfo(boolean root) {
    parentInfos.add(root ? 1 : 0);
  }

  @Override
  public void string(CharSequence value) {
    strings.append(value);
    stringLengths.add(value.length());
  }

  @Override
  public void typeKind(int kind) {
    typeKinds.add(kind);
  }

  @Override
  public void length(int length) {
    lengths.add(length);
  }

  @Override
  public void any(@Nullable Object value) {
    AnyValue.write(rest, value);
  }

  @Override
  public void bytes(byte[] value) {
    rest.writeBytes(value);
  }

  @Override
  public void json(String json) {
    AnyValue.write(rest, JsonText.parse(json));
  }

  /** As Yjs does, every key is written anew. */
  @Override
  public void key(String key) {
    keyClocks.add(keys++);
    string(key);
  }

  @Override
  public void beginRanges() {
    rangeAt = 0;
  }

  @Override
  public void rangeClock(int clock) {
    rest.writeVarUint(clock - rangeAt);
    rangeAt = clock;
  }

  @Override
  public void rangeLength(int length) {
    rest.writeVarUint(length - 1);
    rangeAt += length;
  }

  @Override
  public byte[] toBytes() {
    ByteWriter stringColumn = new ByteWriter().writeString(strings);
    stringColumn.writeRaw(stringLengths.toBytes());
    return new ByteWriter(rest.size() + 64)
        .writeVarUint(0)
        .writeBytes(keyClocks.toBytes())
        .writeBytes(clients.toBytes())
        .writeBytes(leftClocks.toBytes())
        .writeBytes(rightClocks.toBytes())
        .writeBytes(infos.toBytes())
        .writeBytes(stringColumn.toBytes())
        .writeBytes(parentInfos.toBytes())
        .writeBytes(typeKinds.toBytes())
        .writeBytes(lengths.toBytes())
        .writeRaw(rest.toBytes())
        .toBytes();
  }

  private static final class Runs {
    private final ByteWriter bytes = new ByteWriter();
    private long value;
    private int count;

    void add(long next) {
      if (count > 0 && next == value) {
        count++;
        return;
      }
      flush();
      value = next;
      count = 1;
    }

    private void flush() {
      if (count == 1) {
        bytes.writeVarInt((double) value);
      } else if (count > 1) {
        bytes.writeVarInt(-(double) value).writeVarUint(count - 2);
      }
    }

    byte[] toBytes() {
      flush();
      count = 0;
      return bytes.toBytes();
    }
  }

  private static final class Differences {
    private final ByteWriter bytes = new ByteWriter();
    private long value;
    private long difference;
    private int count;

    void add(long next) {
      if (count > 0 && next - value == difference) {
        value = next;
        count++;
        return;
      }
      flush();
      difference = next - value;
      value = next;
      count = 1;
    }

    private void flush() {
      if (count > 0) {
        bytes.writeVarInt((double) (difference * 2 + (count == 1 ? 0 : 1)));
        if (count > 1) {
          bytes.writeVarUint(count - 2);
        }
      }
    }

    byte[] toBytes() {
      flush();
      count = 0;
      return bytes.toBytes();
    }
  }

  private static final class ByteRuns {
    private final ByteWriter bytes = new ByteWriter();
    private int value = -1;
    private int count;

    void add(int next) {
      if (next == value) {
        count++;
        return;
      }
      if (count > 0) {
        bytes.writeVarUint(count - 1);
      }
      bytes.writeByte(next);
      value = next;
      count = 1;
    }

    byte[] toBytes() {
      return bytes.toBytes();
    }
  }
}
