package io.thalweg.leaderboard;

import java.util.Arrays;

/**
 * A growing row of longs in pages of 64 KiB: it grows without copying what it has, and no page is
 * large for the collector. The first page begins small and doubles, so that a small row is cheap.
 */
final class PagedLongs {
  static final int PAGE_LONGS = 8192;
  private static final int PAGE_BITS = 13;
  private static final int FIRST_LONGS = 8;
  private static final long[][] NONE = {};

  private long[][] pages = NONE;
  private int pageCount;

  /** The page that {@code index} lies in; the index within it is {@link #within}. */
  long[] page(int index) {
    return pages[index >>> PAGE_BITS];
  }

  static int within(int index) {
    return index & (PAGE_LONGS - 1);
  }

  /** Makes all indexes below {@code end} usable. */
  void reserve(int end) {
    int last = (end - 1) >>> PAGE_BITS;
    if (last == 0) {
      reserveInFirst(end);
      return;
    }
    while (pageCount <= last) {
      if (pageCount == 1 && pages[0].length < PAGE_LONGS) {
        pages[0] = Arrays.copyOf(pages[0], PAGE_LONGS);
      }
      if (pageCount == pages.length) {
        pages = Arrays.copyOf(pages, Math.max(2, pages.length * 2));
      }
      pages[pageCount++] = new long[PAGE_LONGS];
    }
  }

  private void reserveInFirst(int end) {
    if (pageCount == 0) {
      pages = new long[1][];
      pages[0] = new long[Math.max(FIRST_LONGS, Integer.highestOneBit(end * 2 - 1))];
      pageCount = 1;
    } else if (pages[0].length < end) {
      pages[0] = Arrays.copyOf(pages[0], Integer.highestOneBit(end * 2 - 1));
    }
  }
}
