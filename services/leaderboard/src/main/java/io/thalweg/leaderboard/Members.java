package io.thalweg.leaderboard;

import org.jspecify.annotations.Nullable;

/**
 * The members of one board: from name to number, and what is known of each number.
 *
 * <p>The map is open addressing with linear probing over one {@code long} a slot: the upper half is
 * the upper half of the name's hash, the lower half the number + 1. A slot's home is the upper bits
 * of its hash, so the map grows in one sequential pass without looking at a name. A member's record
 * (raw score bits, seq, reach time, place of the name) is four longs side by side: one cache line.
 * Numbers of removed members are used again.
 *
 * <p>About 60 bytes a member beside the tree, with names of 12 bytes. Not thread-safe.
 */
final class Members {
  private static final int RECORD_LONGS = 4;
  private static final int SCORE = 0;
  private static final int SEQ = 1;
  private static final int REACHED = 2;
  private static final int NAME = 3;
  private static final int FREE = -1;
  private static final long[] NO_SLOTS = {};
  private static final int FIRST_SLOTS = 4;

  private final EncodedName encoded;
  private final NameArena names = new NameArena();
  private final PagedLongs records = new PagedLongs();
  private long[] slots = NO_SLOTS;
  private int shift;
  private int size;
  // Numbers 0 to end - 1 have been given out; those that are free again form a list.
  private int end;
  private int firstFree = -1;
  // A command, its event and the row change ask for the same string one after the other.
  private @Nullable String lastName;
  private int lastId;

  Members(EncodedName encoded) {
    this.encoded = encoded;
  }

  int size() {
    return size;
  }

  /** All numbers are below. */
  int end() {
    return end;
  }

  boolean isUsed(int id) {
    return record(id)[at(id) + NAME] != FREE;
  }

  /** The member's number, or -1. */
  @SuppressWarnings("ReferenceEquality") // the same object needs no comparing, others get it below
  int find(String name) {
    if (name == lastName) {
      return lastId;
    }
    if (size == 0) {
      return -1;
    }
    encoded.set(name);
    int found = find();
    if (found >= 0) {
      lastName = name;
      lastId = found;
    }
    return found;
  }

  private int find() {
    int mask = slots.length - 1;
    int tag = encoded.tag;
    for (int i = tag >>> shift; ; i = (i + 1) & mask) {
      long slot = slots[i];
      if (slot == 0) {
        return -1;
      }
      if ((int) (slot >>> 32) == tag) {
        int id = (int) slot - 1;
        if (names.equals((int) record(id)[at(id) + NAME], encoded)) {
          return id;
        }
      }
    }
  }

  /** Adds a member that is not there; its number. */
  int add(String name, double score, long seq, long reachTimeMs) {
    if (size >= slots.length - slots.length / 4) {
      growMap();
    }
    encoded.set(name);
    int id;
    if (firstFree >= 0) {
      id = firstFree;
      firstFree = (int) record(id)[at(id) + SCORE];
    } else {
      id = end++;
      records.reserve(end * RECORD_LONGS);
    }
    record(id)[at(id) + NAME] = names.add(encoded);
    set(id, score, seq, reachTimeMs);
    place(slots, shift, (long) encoded.tag << 32 | (id + 1));
    size++;
    lastName = name;
    lastId = id;
    return id;
  }

  void set(int id, double score, long seq, long reachTimeMs) {
    long[] page = record(id);
    int at = at(id);
    page[at + SCORE] = Double.doubleToRawLongBits(score);
    page[at + SEQ] = seq;
    page[at + REACHED] = reachTimeMs;
  }

  void remove(int id) {
    lastName = null;
    long[] page = record(id);
    int at = at(id);
    int name = (int) page[at + NAME];
    removeSlot(names.tag(name, encoded), id);
    names.remove(name);
    page[at + NAME] = FREE;
    page[at + SCORE] = firstFree;
    firstFree = id;
    size--;
  }

  double score(int id) {
    return Double.longBitsToDouble(record(id)[at(id) + SCORE]);
  }

  long seq(int id) {
    return record(id)[at(id) + SEQ];
  }

  /** Milliseconds since 1970. */
  long reachTimeMs(int id) {
    return record(id)[at(id) + REACHED];
  }

  /** The order of two members by the bytes of their names. */
  int compareNames(int id, int other) {
    return names.compare((int) record(id)[at(id) + NAME], (int) record(other)[at(other) + NAME]);
  }

  /** The order of a member and of a name that was encoded last. */
  int compareToEncoded(int id) {
    return names.compare((int) record(id)[at(id) + NAME], encoded);
  }

  /** Encodes a name for {@link #compareToEncoded}. */
  void encode(String name) {
    encoded.set(name);
  }

  /** The first bytes of the member's name; see {@link EncodedName#prefix}. */
  long namePrefix(int id) {
    return names.prefix((int) record(id)[at(id) + NAME]);
  }

  String name(int id) {
    return names.get((int) record(id)[at(id) + NAME], encoded);
  }

  private long[] record(int id) {
    return records.page(id * RECORD_LONGS);
  }

  private static int at(int id) {
    return PagedLongs.within(id * RECORD_LONGS);
  }

  private void growMap() {
    long[] grown = new long[Math.max(FIRST_SLOTS, slots.length * 2)];
    int newShift = Integer.numberOfLeadingZeros(grown.length - 1);
    for (long slot : slots) {
      if (slot != 0) {
        place(grown, newShift, slot);
      }
    }
    slots = grown;
    shift = newShift;
  }

  private static void place(long[] slots, int shift, long slot) {
    int mask = slots.length - 1;
    int i = (int) (slot >>> 32) >>> shift;
    while (slots[i] != 0) {
      i = (i + 1) & mask;
    }
    slots[i] = slot;
  }

  /** Takes the slot out and moves back those after it that can lie nearer to their home. */
  private void removeSlot(int tag, int id) {
    int mask = slots.length - 1;
    int hole = tag >>> shift;
    while ((int) slots[hole] != id + 1) {
      hole = (hole + 1) & mask;
    }
    for (int i = (hole + 1) & mask; slots[i] != 0; i = (i + 1) & mask) {
      int home = (int) (slots[i] >>> 32) >>> shift;
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
    slots[hole] = 0;
  }
}
