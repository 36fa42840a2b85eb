package io.thalweg.docs.yjs;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;

/** All structs of one client that are in a document, by clock, without holes. */
final class ClientStructs {
  final long client;
  private Struct[] structs = new Struct[4];
  private int size;

  /** The number of units when the present change began; -1 if it has not touched this client. */
  int unitsBefore = -1;

  ClientStructs(long client) {
    this.client = client;
  }

  int size() {
    return size;
  }

  Struct get(int index) {
    return structs[index];
  }

  /** Units of this client: the clock that comes next. */
  int units() {
    return size == 0 ? 0 : structs[size - 1].end();
  }

  void add(Struct struct) {
    if (size == structs.length) {
      structs = Arrays.copyOf(structs, size * 2);
    }
    structs[size++] = struct;
  }

  void insert(int index, Struct struct) {
    if (size == structs.length) {
      structs = Arrays.copyOf(structs, size * 2);
    }
    System.arraycopy(structs, index, structs, index + 1, size - index);
    structs[index] = struct;
    size++;
  }

  void replace(int index, Struct struct) {
    structs[index] = struct;
  }

  /** Removes those from {@code from} to before {@code to}. */
  void remove(int from, int to) {
    System.arraycopy(structs, to, structs, from, size - to);
    Arrays.fill(structs, size - (to - from), size, null);
    size -= to - from;
  }

  /**
   * Where the struct is that holds a unit.
   *
   * @param clock less than {@link #units()}
   */
  int indexOf(int clock) {
    int high = size - 1;
    if (structs[high].clock <= clock) {
      return high;
    }
    int low = 0;
    // Clocks are spread evenly more often than not: the first guess is by proportion.
    int middle = (int) ((long) clock * high / structs[high].end());
    while (true) {
      Struct struct = structs[middle];
      if (clock < struct.clock) {
        high = middle - 1;
      } else if (clock < struct.end()) {
        return middle;
      } else {
        low = middle + 1;
      }
      if (low > high) {
        throw new IllegalArgumentException("no unit %d of client %d".formatted(clock, client));
      }
      middle = (low + high) >>> 1;
    }
  }

  /** Those from an index on; a view. */
  List<Struct> from(int index) {
    return new AbstractList<>() {
      @Override
      public Struct get(int i) {
        return structs[index + i];
      }

      @Override
      public int size() {
        return size - index;
      }
    };
  }

  /** Puts those together that can be, from an index leftwards; returns how many were taken in. */
  int mergeLeft(int index) {
    int at = index;
    while (at > 0) {
      Struct left = structs[at - 1];
      Struct right = structs[at];
      if (left.deleted() != right.deleted() || !left.append(right)) {
        break;
      }
      at--;
    }
    int merged = index - at;
    if (merged > 0) {
      remove(at + 1, index + 1);
    }
    return merged;
  }
}
