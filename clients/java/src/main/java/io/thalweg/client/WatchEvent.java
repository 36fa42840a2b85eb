package io.thalweg.client;

/** What a watch brings. */
public sealed interface WatchEvent<E> {
  /** Keep it to come back later: {@link WatchFrom#after}. */
  String position();

  /** Something happened. */
  record Happened<E>(String position, E event) implements WatchEvent<E> {}

  /**
   * The place of the watch is not in the server's history any more (its log was shortened, or it
   * was restored from a backup), so events are missing here. The watch goes on from {@code
   * position}, which is now or a little before. Read the present state; what comes next may already
   * be in it.
   *
   * @param reason for a person
   */
  record Resync<E>(String position, String reason) implements WatchEvent<E> {}
}
