package io.thalweg.docs.live;

import java.util.concurrent.TimeUnit;

/** What connections may take. */
final class LiveBounds {
  /** Of a message of a client: an update and what is around it. */
  static final int MAX_MESSAGE_BYTES = (3 << 20) + (4 << 10);

  /** Updates of one connection that are not durable yet. */
  static final int MAX_IN_FLIGHT = 64;

  static final int MAX_IN_FLIGHT_BYTES = 1 << 20;

  /** A client that has so much to take is sent no more updates until it has. */
  static final int PAGE_BYTES = 64 << 10;

  /** Connections to one document on one node. */
  static final int MAX_CLIENTS = 1_000;

  /** Of the awareness state of one client. */
  static final int MAX_STATE_BYTES = 16 << 10;

  /** Awareness states that one connection brings: its own, and those of tabs it speaks for. */
  static final int MAX_STATES = 32;

  /** Awareness states of one document that are known of another node. */
  static final int MAX_NODE_STATES = 1_000;

  /** Awareness states that one note to another node has: at most 4 MiB of them. */
  static final int MAX_NOTE_STATES = 256;

  /** What waits to be told to another node: states and documents that are asked for. */
  static final int MAX_UNTOLD = 10_000;

  /** Documents that one connection of Hocuspocus may have open. */
  static final int MAX_DOCUMENTS = 100;

  /** Of a document's name, as the contract has it. */
  static final int MAX_NAME_BYTES = 256;

  /** A state that was not heard of for so long is gone; as in y-protocols. */
  static final long AWARENESS_NS = TimeUnit.SECONDS.toNanos(30);

  private LiveBounds() {}
}
