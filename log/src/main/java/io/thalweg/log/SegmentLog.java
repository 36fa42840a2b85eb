package io.thalweg.log;

/** The embedded engine. */
final class SegmentLog {
  private SegmentLog() {}
}
