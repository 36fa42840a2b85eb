package io.thalweg.cluster;

/**
 * A node that was heard lately.
 *
 * @param beat the last that it said
 * @param aliveSinceNs since when it was heard without a gap, by the reader's monotonic clock
 * @param heardNs when it was heard last
 */
public record Member(Heartbeat beat, long aliveSinceNs, long heardNs) {}
