package io.thalweg.docs;

/** What the contract's fields cannot say. */
final class Bounds {
  /** Of a document's content and the marks of what was deleted, written as one update. */
  static final long MAX_DOCUMENT_BYTES = 8 << 20;

  /** Of an update. */
  static final int MAX_UPDATE_BYTES = 3 << 20;

  /** An update that is larger is logged in several events. */
  static final int PART_BYTES = 512 << 10;

  static final int DEFAULT_PAGE_SIZE = 50;

  private Bounds() {}
}
