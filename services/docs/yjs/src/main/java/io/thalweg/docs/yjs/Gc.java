package io.thalweg.docs.yjs;

/** Units of which nothing is known any more but that they were there. */
final class Gc extends Struct {
  static final int KIND = 0;

  Gc(long client, int clock, int length) {
    super(client, clock, length);
  }

  @Override
  boolean deleted() {
    return true;
  }

  @Override
  Struct cut(int offset) {
    Gc rest = new Gc(client, clock + offset, length - offset);
    length = offset;
    return rest;
  }

  @Override
  boolean append(Struct right) {
    if (right instanceof Gc) {
      length += right.length;
      return true;
    }
    return false;
  }

  @Override
  void write(StructWriter writer, int offset) {
    writer.info(KIND);
    writer.length(length - offset);
  }
}
