/**
 * Blobs: immutable bytes that are named by their SHA-256, and small named references that are
 * replaced by compare-and-set.
 *
 * <ul>
 *   <li>{@link io.thalweg.blob.BlobStore}: what every store does.
 *   <li>{@link io.thalweg.blob.DirectoryBlobs}: a directory of the file system.
 * </ul>
 */
@NullMarked
package io.thalweg.blob;

import org.jspecify.annotations.NullMarked;
