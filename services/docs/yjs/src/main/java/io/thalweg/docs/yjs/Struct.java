package io.thalweg.docs.yjs;

/** A run of units that one client made one after the other. */
abstract sealed class Struct permits Item, Gc, Skip {
  final long client;
  int clock;
  int length;

  Struct(long client, int clock, int length) {
    this.client = client;
    this.clock = clock;
    this.length = length;
  }

  /** The clock after its last unit. */
  int end() {
    return clock + length;
  }

  abstract boolean deleted();

  /**
   * Cuts it in an update, where it has no neighbours.
   *
   * @param offset from 1 to less than the length
   * @return the units from there on; this one keeps those before
   */
  abstract Struct cut(int offset);

  /** Takes the units of its right neighbour behind its own if it can. */
  abstract boolean append(Struct right);

  /** Writes it without its first {@code offset} units. */
  abstract void write(StructWriter writer, int offset);
}
