package io.thalweg.log;

import java.util.UUID;

/**
 * One history of a partition. The first is ordinal 1 without a parent; every restore or truncation
 * starts another, which shares its parent's events below the fork.
 *
 * @param ordinal from 1, increasing
 * @param parent ordinal of the lineage it forked from; 0 for the first
 * @param forkOffset first offset that is not shared with the parent; 0 for the first
 * @param id unique identity
 */
public record Lineage(int ordinal, int parent, long forkOffset, UUID id) {}
