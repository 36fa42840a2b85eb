package io.thalweg.blob;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A store of blobs, which are immutable and named by their SHA-256, and of references, which are
 * small, have a name of their own, and are replaced by compare-and-set.
 *
 * <p><b>Guarantees</b> of every implementation: a blob is there in full or not at all; what {@link
 * #put} and {@link #replaceRef} have returned survives the loss of power; a blob that is read to
 * its end is the one that was put; of two that replace a reference from the same version one
 * succeeds.
 *
 * <p>Failures are {@link BlobException}s. Thread-safe. Calls block.
 */
public interface BlobStore extends AutoCloseable {
  /** The most of one page of a list. */
  int MAX_PAGE = 1_000;

  /**
   * Stores all of a stream and returns when it is durable. Storing the same bytes again is the same
   * blob; one that is damaged is whole again after that. Does not close the stream.
   *
   * @throws BlobException REFUSED if it is longer than the store's bound; UNAVAILABLE
   * @throws IOException if the stream cannot be read; nothing is stored then
   */
  Blob put(InputStream content) throws IOException;

  /** As {@link #put(InputStream)}. */
  default Blob put(byte[] content) throws IOException {
    return put(new ByteArrayInputStream(content));
  }

  /**
   * Reads a blob; the stream is to be closed. It fails with DAMAGED, instead of telling its end, if
   * the bytes were not the blob's: use nothing of them before that.
   *
   * @throws BlobException NOT_FOUND; UNAVAILABLE
   */
  InputStream get(BlobId id) throws IOException;

  /**
   * Reads a part of a blob; the stream is to be closed. It fails with DAMAGED if the blob is
   * shorter than it was. The bytes are compared with the blob's SHA-256 only if it is all of them.
   *
   * @param from first byte, from 0
   * @param length at least 0; the blob must have that many from there on
   * @throws BlobException NOT_FOUND; REFUSED if the blob does not have that range; UNAVAILABLE
   */
  InputStream get(BlobId id, long from, long length) throws IOException;

  /**
   * The size of a blob in bytes; empty if there is none. That it is there does not mean that it is
   * durable yet: only {@link #put} does.
   */
  OptionalLong sizeOf(BlobId id) throws IOException;

  /**
   * Lists blobs in the order of their ids.
   *
   * @param prefix the first 0 to 64 characters of the ids
   * @param after only those behind it; null: from the first on
   * @param most 1 to {@value #MAX_PAGE}
   * @return at most so many; fewer only if there are no more
   */
  List<Blob> list(String prefix, @Nullable BlobId after, int most) throws IOException;

  /** Deletes a blob; it may be gone already. Those who read it may be cut off. */
  void delete(BlobId id) throws IOException;

  /** Reads a reference. */
  Optional<BlobRef> ref(String name) throws IOException;

  /**
   * Sets a reference, if it still is what the caller believes it to be.
   *
   * @param name see {@link BlobRef}
   * @param expectedVersion of the reference that is to be replaced; null: there must be none
   * @param value at most {@link BlobRef#MAX_VALUE_BYTES}
   * @throws BlobException CONFLICT if another one is there, or none; REFUSED for a bad name or
   *     value; UNAVAILABLE: it may have been set, read it again
   */
  BlobRef replaceRef(String name, @Nullable String expectedVersion, byte[] value)
      throws IOException;

  /** Deletes a reference, whatever its version; it may be gone already. */
  void deleteRef(String name) throws IOException;

  /**
   * Lists the names of references in their order.
   *
   * @param prefix with which the names begin; may be empty
   * @param after only those behind it; empty: from the first on
   * @param most 1 to {@value #MAX_PAGE}
   * @return at most so many; fewer only if there are no more
   */
  List<String> listRefs(String prefix, String after, int most) throws IOException;

  /** What was counted since this store was opened. */
  BlobCounts counts();

  /**
   * Reads a blob to its end and compares.
   *
   * @return its size
   * @throws BlobException NOT_FOUND; DAMAGED; UNAVAILABLE
   */
  default long verify(BlobId id) throws IOException {
    try (InputStream in = get(id)) {
      long bytes = 0;
      byte[] buffer = new byte[64 << 10];
      for (int n; (n = in.read(buffer)) >= 0; ) {
        bytes += n;
      }
      return bytes;
    }
  }

  /** Lets go of what it holds. */
  @Override
  void close();
}
