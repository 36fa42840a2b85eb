package io.thalweg.runtime.checkpoint;

/**
 * Told about every block that is read or written. May wait, to spare the disk, or throw, to end it.
 */
@FunctionalInterface
public interface Pace {
  /** As fast as it goes. */
  Pace FULL = bytes -> {};

  /** So many bytes were read or written. */
  void moved(long bytes);
}
