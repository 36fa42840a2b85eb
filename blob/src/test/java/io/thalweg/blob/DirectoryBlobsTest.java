package io.thalweg.blob;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.blob.BlobException.Reason;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on a directory of this machine; and what is the directory's own. */
class DirectoryBlobsTest extends BlobStoreContract {
  @TempDir Path directory;

  @Override
  protected BlobStore open() throws IOException {
    return DirectoryBlobs.open(directory, MAX_BLOB_BYTES);
  }

  private Path fileOf(BlobId id) {
    return directory.resolve("blobs").resolve(id.hex().substring(0, 2)).resolve(id.hex());
  }

  @Override
  protected void damage(BlobId id) throws IOException {
    byte[] bytes = Files.readAllBytes(fileOf(id));
    bytes[bytes.length / 2] ^= 1;
    Files.write(fileOf(id), bytes);
  }

  private List<String> unfinished() throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("unfinished"))) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aBlobIsAFileWithItsBytesAndNothingElse() throws Exception {
    byte[] content = bytes(1000, 1);
    assertThat(fileOf(store.put(content).id())).hasBinaryContent(content);
  }

  @Test
  void aCutBlobIsDamaged() throws Exception {
    BlobId id = store.put(bytes(1000, 1)).id();
    Files.write(fileOf(id), bytes(999, 1));
    assertFails(() -> store.verify(id), Reason.DAMAGED, id.hex());
    assertFails(
        () -> {
          try (InputStream in = store.get(id, 990, 10)) {
            in.readAllBytes();
          }
        },
        Reason.REFUSED,
        "999");
  }

  @Test
  void aDamagedReferenceIsSaidToBeSo() throws Exception {
    store.replaceRef("a/b", null, new byte[] {1, 2, 3});
    Path file = directory.resolve("refs/a%b.ref");
    byte[] bytes = Files.readAllBytes(file);
    bytes[29] ^= 1;
    Files.write(file, bytes);
    assertFails(() -> store.ref("a/b"), Reason.DAMAGED, "a/b", "CRC32C");
    assertFails(() -> store.replaceRef("a/b", null, new byte[0]), Reason.DAMAGED);
  }

  @Test
  void whatAProcessLeftUnfinishedIsDeletedAtTheNextOpenAndWhatOneIsWritingIsNot() throws Exception {
    String dead = "0f8fad5b-d9cb-469f-a165-70867728950e";
    Files.write(directory.resolve("unfinished/" + dead + "-1"), bytes(100, 1));
    Files.write(directory.resolve("unfinished/" + dead + "-2"), bytes(100, 2));
    Files.write(directory.resolve("unfinished/" + dead + ".lock"), new byte[0]);
    byte[] content = bytes(2 << 20, 3);
    InputStream slow =
        new FilterInputStream(new ByteArrayInputStream(content)) {
          private boolean opened;

          @Override
          public int read(byte[] into, int offset, int count) throws IOException {
            if (!opened && in.available() < 1 << 20) {
              opened = true;
              // Another store of the same directory opens in the middle.
              open().close();
              assertThat(unfinished()).noneMatch(name -> name.startsWith(dead));
              assertThat(unfinished()).anyMatch(name -> name.endsWith("-1"));
            }
            return super.read(into, offset, count);
          }
        };
    assertThat(store.put(slow).id()).isEqualTo(BlobId.of(content));
    store.close();
    assertThat(unfinished()).containsExactly("sessions.lock");
  }

  @Test
  void twoStoresOfOneDirectorySeeTheSame() throws Exception {
    try (BlobStore other = open()) {
      BlobId id = store.put(bytes(10, 1)).id();
      assertThat(other.verify(id)).isEqualTo(10);
      BlobRef ref = store.replaceRef("r", null, new byte[] {1});
      assertFails(() -> other.replaceRef("r", null, new byte[] {2}), Reason.CONFLICT);
      BlobRef next = other.replaceRef("r", ref.version(), new byte[] {2});
      assertThat(store.ref("r")).hasValue(next);
    }
  }
}
