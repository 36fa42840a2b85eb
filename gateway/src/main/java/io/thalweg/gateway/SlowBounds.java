package io.thalweg.gateway;

/**
 * How long a gateway bears with connections on which nothing, or too little, happens.
 *
 * @param firstRequestMs until the first request of a connection is there, with its body where it
 *     has one
 * @param idleMs between requests, in which headers that are not complete count as nothing
 */
record SlowBounds(long firstRequestMs, long idleMs) {
  static final SlowBounds DEFAULTS = new SlowBounds(30_000, 60_000);
}
