package io.thalweg.cluster;

/**
 * A partition at a node.
 *
 * @param position offset of the next event that the node would apply, or write
 * @param epoch of its leadership; 0 if it does not lead. Of two that say that they lead, the one
 *     with the higher epoch does
 */
public record Held(Role role, long position, long epoch) {}
