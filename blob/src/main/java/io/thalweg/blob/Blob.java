package io.thalweg.blob;

/**
 * A blob that is in a store.
 *
 * @param sizeBytes 0 or more
 */
public record Blob(BlobId id, long sizeBytes) {}
