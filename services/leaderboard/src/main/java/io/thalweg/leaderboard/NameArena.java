package io.thalweg.leaderboard;

import org.jspecify.annotations.Nullable;

/**
 * Names packed one after the other. The place of a freed name is used again by the next one of the
 * same number of words, so a board whose members come and go does not grow.
 */
final class NameArena {
  private static final int CLASSES = EncodedName.MAX_BYTES / 8 + 2;

  private final PagedLongs longs = new PagedLongs();
  private int end;
  // For each number of words the first free place + 1; its first word is the next free place + 1.
  private int @Nullable [] free;

  /** Stores a name; where it lies. */
  int add(EncodedName name) {
    int at = take(name.length);
    System.arraycopy(name.words, 0, longs.page(at), PagedLongs.within(at), name.length);
    return at;
  }

  private int take(int words) {
    if (free != null && free[words] != 0) {
      int at = free[words] - 1;
      free[words] = (int) longs.page(at)[PagedLongs.within(at)];
      return at;
    }
    // A name never lies in two pages.
    int room = PagedLongs.PAGE_LONGS - PagedLongs.within(end);
    int at = room < words ? end + room : end;
    end = at + words;
    longs.reserve(end);
    return at;
  }

  void remove(int at) {
    if (free == null) {
      free = new int[CLASSES];
    }
    long[] page = longs.page(at);
    int in = PagedLongs.within(at);
    int words = EncodedName.wordsOf(page[in]);
    page[in] = free[words];
    free[words] = at + 1;
  }

  boolean equals(int at, EncodedName name) {
    return name.equalsAt(longs.page(at), PagedLongs.within(at));
  }

  /** The order of two names by the bytes of their UTF-8. */
  int compare(int at, int other) {
    return EncodedName.compare(
        longs.page(at), PagedLongs.within(at), longs.page(other), PagedLongs.within(other));
  }

  /** The order of a name and of one that is encoded. */
  int compare(int at, EncodedName name) {
    return EncodedName.compare(longs.page(at), PagedLongs.within(at), name.words, 0);
  }

  /** See {@link EncodedName#prefix}. */
  long prefix(int at) {
    return EncodedName.prefix(longs.page(at), PagedLongs.within(at));
  }

  String get(int at, EncodedName codec) {
    return codec.decode(longs.page(at), PagedLongs.within(at));
  }

  int tag(int at, EncodedName codec) {
    long[] page = longs.page(at);
    int in = PagedLongs.within(at);
    return codec.tagOf(page, in, EncodedName.wordsOf(page[in]));
  }
}
