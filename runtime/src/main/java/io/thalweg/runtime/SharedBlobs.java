package io.thalweg.runtime;

import io.thalweg.blob.BlobStore;
import io.thalweg.runtime.checkpoint.BlobCheckpoints;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A blob store that a node shares with others.
 *
 * @param store not closed by the node
 * @param scope tells logs apart that share it; null: the identity of the log
 */
record SharedBlobs(BlobStore store, @Nullable String scope) {
  BlobCheckpoints checkpoints(UUID logId) {
    return new BlobCheckpoints(store, scope == null ? logId.toString() : scope);
  }
}
