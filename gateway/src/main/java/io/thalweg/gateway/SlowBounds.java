package io.thalweg.gateway;

/**
 * How long a gateway bears with connections on which nothing, or too little, happens.
 *
 * @param firstRequestMs until the headers of the first request of a connection are there
 * @param idleMs between requests, in which headers that are not complete count as nothing
 */
record SlowBounds(long firstRequestMs, long idleMs) {
  static final SlowBounds DEFAULTS = new SlowBounds(20_000, 60_000);
}
