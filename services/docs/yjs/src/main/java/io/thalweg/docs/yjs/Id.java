package io.thalweg.docs.yjs;

/**
 * Names one unit of a document: a character, an element, a format mark.
 *
 * @param client who made it, 0 to 2^53 - 1
 * @param clock how many units this client had made before
 */
record Id(long client, int clock) {}
