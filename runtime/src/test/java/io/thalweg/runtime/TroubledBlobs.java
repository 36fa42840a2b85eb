package io.thalweg.runtime;

import io.thalweg.blob.Blob;
import io.thalweg.blob.BlobCounts;
import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobRef;
import io.thalweg.blob.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A blob store that can be out of reach. */
final class TroubledBlobs implements BlobStore {
  private final BlobStore store;
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile boolean down;

  TroubledBlobs(BlobStore store) {
    this.store = store;
  }

  void down(boolean now) {
    down = now;
  }

  /** How often somebody found it out of reach. */
  int refusals() {
    return refusals.get();
  }

  private BlobStore reached() throws BlobException {
    if (down) {
      refusals.incrementAndGet();
      throw new BlobException(BlobException.Reason.UNAVAILABLE, "the store is out of reach");
    }
    return store;
  }

  @Override
  public Blob put(InputStream content) throws IOException {
    return reached().put(content);
  }

  @Override
  public InputStream get(BlobId id) throws IOException {
    return reached().get(id);
  }

  @Override
  public InputStream get(BlobId id, long from, long length) throws IOException {
    return reached().get(id, from, length);
  }

  @Override
  public OptionalLong sizeOf(BlobId id) throws IOException {
    return reached().sizeOf(id);
  }

  @Override
  public List<Blob> list(String prefix, @Nullable BlobId after, int most) throws IOException {
    return reached().list(prefix, after, most);
  }

  @Override
  public void delete(BlobId id) throws IOException {
    reached().delete(id);
  }

  @Override
  public Optional<BlobRef> ref(String name) throws IOException {
    return reached().ref(name);
  }

  @Override
  public BlobRef replaceRef(String name, @Nullable String expectedVersion, byte[] value)
      throws IOException {
    return reached().replaceRef(name, expectedVersion, value);
  }

  @Override
  public void deleteRef(String name) throws IOException {
    reached().deleteRef(name);
  }

  @Override
  public List<String> listRefs(String prefix, String after, int most) throws IOException {
    return reached().listRefs(prefix, after, most);
  }

  @Override
  public BlobCounts counts() {
    return store.counts();
  }

  @Override
  public void close() {
    store.close();
  }
}
