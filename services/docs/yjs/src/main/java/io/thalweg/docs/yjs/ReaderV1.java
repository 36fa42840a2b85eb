package io.thalweg.docs.yjs;

import org.jspecify.annotations.Nullable;

/** Version 1: one part after the other. */
final class ReaderV1 implements StructReader {
  private final ByteReader bytes;

  ReaderV1(ByteReader bytes) {
    this.bytes = bytes;
  }

  @Override
  public ByteReader rest() {
    return bytes;
  }

  @Override
  public long client() {
    return bytes.readVarUint();
  }

  @Override
  public int info() {
    return bytes.readByte();
  }

  @Override
  public Id leftId() {
    return new Id(bytes.readVarUint(), bytes.readInt());
  }

  @Override
  public Id rightId() {
    return leftId();
  }

  @Override
  public boolean parentInfo() {
    return bytes.readVarUint() == 1;
  }

  @Override
  public String string() {
    return bytes.readString();
  }

  @Override
  public int typeKind() {
    return bytes.readInt();
  }

  @Override
  public int length() {
    return bytes.readInt();
  }

  @Override
  public @Nullable Object any() {
    return AnyValue.read(bytes);
  }

  @Override
  public byte[] bytes() {
    return bytes.readBytes();
  }

  @Override
  public String json() {
    return JsonText.checked(bytes.readString());
  }

  @Override
  public String key() {
    return bytes.readString();
  }

  @Override
  public void beginRanges() {}

  @Override
  public int rangeClock() {
    return bytes.readInt();
  }

  @Override
  public int rangeLength() {
    return bytes.readInt();
  }
}
