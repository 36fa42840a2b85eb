package io.thalweg.s3;

import io.thalweg.blob.BlobCounts;
import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobId;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * What is about to be put: the name of a blob is known only when all of it was read, and a try that
 * failed must be able to send it again. Up to one part it is in memory, else in a temporary file
 * that the operating system removes even if this process is killed. Used by one thread.
 */
final class Spool implements Closeable {
  private final int partBytes;
  private final byte[] first;
  private final @Nullable FileChannel file;
  private final BlobId id;
  private final long sizeBytes;

  private Spool(
      int partBytes, byte[] first, @Nullable FileChannel file, BlobId id, long sizeBytes) {
    this.partBytes = partBytes;
    this.first = first;
    this.file = file;
    this.id = id;
    this.sizeBytes = sizeBytes;
  }

  /** Reads a stream to its end. */
  static Spool of(InputStream in, int partBytes, long maxBlobBytes, BlobCounts counts)
      throws IOException {
    MessageDigest digest = BlobId.sha256();
    byte[] first = in.readNBytes(partBytes);
    digest.update(first);
    long size = first.length;
    FileChannel file = null;
    try {
      if (first.length == partBytes) {
        byte[] buffer = new byte[256 << 10];
        for (int n; (n = in.readNBytes(buffer, 0, buffer.length)) > 0; ) {
          if (file == null) {
            file = temporary();
          }
          digest.update(buffer, 0, n);
          write(file, ByteBuffer.wrap(buffer, 0, n), size - first.length);
          size += n;
          check(size, maxBlobBytes, counts);
        }
      }
      check(size, maxBlobBytes, counts);
      return new Spool(partBytes, first, file, BlobId.ofDigest(digest.digest()), size);
    } catch (IOException | RuntimeException e) {
      if (file != null) {
        file.close();
      }
      throw e;
    }
  }

  private static void check(long size, long most, BlobCounts counts) throws BlobException {
    if (size > most) {
      throw counts.failure(
          BlobException.Reason.REFUSED,
          "a blob must have at most %,d bytes; got more".formatted(most));
    }
  }

  private static FileChannel temporary() throws IOException {
    Path path = Files.createTempFile("thalweg-blob-", ".part");
    // Its name is removed as soon as it is open.
    return FileChannel.open(
        path,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  private static void write(FileChannel file, ByteBuffer bytes, long from) throws IOException {
    long at = from;
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }

  BlobId id() {
    return id;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** How many parts it has; 1 if it fits into one. */
  int parts() {
    return Math.max(1, Math.toIntExact((sizeBytes + partBytes - 1) / partBytes));
  }

  /** The bytes of a part, from 0. */
  byte[] part(int number) throws IOException {
    if (number == 0) {
      return first;
    }
    long from = (long) number * partBytes;
    ByteBuffer into = ByteBuffer.allocate((int) Math.min(partBytes, sizeBytes - from));
    FileChannel channel = file;
    while (channel != null && into.hasRemaining()) {
      if (channel.read(into, from - partBytes + into.position()) < 0) {
        break;
      }
    }
    if (into.hasRemaining()) {
      throw new IOException("the temporary file became shorter");
    }
    return into.array();
  }

  @Override
  public void close() throws IOException {
    FileChannel channel = file;
    if (channel != null) {
      channel.close();
    }
  }
}
