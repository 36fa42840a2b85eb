package io.thalweg.docs.yjs;

import org.jspecify.annotations.Nullable;

/** Version 1: one part after the other. */
final class WriterV1 implements StructWriter {
  private final ByteWriter bytes = new ByteWriter(256);

  @Override
  public ByteWriter rest() {
    return bytes;
  }

  @Override
  public void client(long client) {
    bytes.writeVarUint(client);
  }

  @Override
  public void info(int info) {
    bytes.writeByte(info);
  }

  @Override
  public void leftId(Id id) {
    bytes.writeVarUint(id.client()).writeVarUint(id.clock());
  }

  @Override
  public void rightId(Id id) {
    leftId(id);
  }

  @Override
  public void parentInfo(boolean root) {
    bytes.writeVarUint(root ? 1 : 0);
  }

  @Override
  public void string(CharSequence value) {
    bytes.writeString(value);
  }

  @Override
  public void typeKind(int kind) {
    bytes.writeVarUint(kind);
  }

  @Override
  public void length(int length) {
    bytes.writeVarUint(length);
  }

  @Override
  public void any(@Nullable Object value) {
    AnyValue.write(bytes, value);
  }

  @Override
  public void bytes(byte[] value) {
    bytes.writeBytes(value);
  }

  @Override
  public void json(String json) {
    bytes.writeString(json);
  }

  @Override
  public void key(String key) {
    bytes.writeString(key);
  }

  @Override
  public void beginRanges() {}

  @Override
  public void rangeClock(int clock) {
    bytes.writeVarUint(clock);
  }

  @Override
  public void rangeLength(int length) {
    bytes.writeVarUint(length);
  }

  @Override
  public byte[] toBytes() {
    return bytes.toBytes();
  }
}
