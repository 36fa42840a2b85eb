package io.thalweg.docs.yjs;

/** A gap in an update: units that come with another one. Never in a document. */
final class Skip extends Struct {
  static final int KIND = 10;

  Skip(long client, int clock, int length) {
    super(client, clock, length);
  }

  @Override
  boolean deleted() {
    return true;
  }

  @Override
  Struct cut(int offset) {
    Skip rest = new Skip(client, clock + offset, length - offset);
    length = offset;
    return rest;
  }

  @Override
  boolean append(Struct right) {
    if (right instanceof Skip) {
      length += right.length;
      return true;
    }
    return false;
  }

  /** Its length is written plainly in every version, so that a reader may pass over it. */
  @Override
  void write(StructWriter writer, int offset) {
    writer.info(KIND);
    writer.rest().writeVarUint(length - offset);
  }
}
