package io.thalweg.log.backup;

import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes below a manifest's cut, which are hashed as they are read for the first time. */
final class ChunkBytes implements LogRestore.Source, AutoCloseable {
  private final BackupDirectory directory;
  private final BackupManifest manifest;
  private final long chunkBytes;
  private final List<String> hashes = new ArrayList<>();
  private MessageDigest digest = Sha256.digest();
  private long hashedTo;
  private long openIndex = -1;
  private LogFiles.@Nullable LogFile open;

  /** The first chunk that there is; what it holds before the base is zeros. */
  private final long firstChunk;

  /**
   * @param base position at which the backup begins
   */
  ChunkBytes(BackupDirectory directory, BackupManifest manifest, long base) {
    this.directory = directory;
    this.manifest = manifest;
    this.chunkBytes = manifest.chunkBytes();
    this.firstChunk = base / chunkBytes;
    this.hashedTo = base;
    Sha256.zeros(digest, base % chunkBytes);
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    long left = Math.min(manifest.position(), (position / chunkBytes + 1) * chunkBytes) - position;
    if (left <= 0) {
      return -1;
    }
    int length = (int) Math.min(left, into.remaining());
    ByteBuffer part = into.slice(into.position(), length);
    int read = chunk(position / chunkBytes).read(part, position % chunkBytes);
    if (read < 0) {
      throw new LogCorruptException("the file is cut short");
    }
    hash(into.slice(into.position(), read), position);
    into.position(into.position() + read);
    return read;
  }

  private void hash(ByteBuffer bytes, long position) {
    if (position > hashedTo) {
      throw new IllegalStateException("bytes from " + hashedTo + " on were passed over");
    }
    int known = (int) Math.min(bytes.remaining(), hashedTo - position);
    bytes.position(known);
    hashedTo += bytes.remaining();
    digest.update(bytes);
    if (hashedTo % chunkBytes == 0 && hashedTo / chunkBytes > firstChunk + hashes.size()) {
      hashes.add(Sha256.hex(digest.digest()));
      digest = Sha256.digest();
    }
  }

  private LogFiles.LogFile chunk(long index) throws IOException {
    LogFiles.LogFile file = open;
    if (file == null || index != openIndex) {
      close();
      try {
        file = directory.files().openForReading(directory.chunk(index));
      } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
        throw new LogCorruptException("the file is missing", e);
      }
      open = file;
      openIndex = index;
    }
    return file;
  }

  @Override
  public String where(long position) {
    return "%s at file offset %d (log position %d)"
        .formatted(directory.chunk(position / chunkBytes), position % chunkBytes, position);
  }

  /**
   * Compares all hashes, when everything was read.
   *
   * @throws LogCorruptException if one differs; names the file
   */
  void check() throws IOException {
    if (hashedTo != manifest.position()) {
      throw new LogCorruptException(
          "%d bytes of %d were read".formatted(hashedTo, manifest.position()));
    }
    MessageDigest full = Sha256.digest();
    for (int i = 0; i < hashes.size(); i++) {
      long index = firstChunk + i;
      full.update(HexFormat.of().parseHex(hashes.get(i)));
      String written = directory.hash(index);
      if (!hashes.get(i).equals(written)) {
        throw new LogCorruptException(
            "%s has the SHA-256 %s; %s says %s"
                .formatted(
                    directory.chunk(index),
                    hashes.get(i),
                    directory.hashFile(index),
                    written == null ? "nothing: it is missing" : written));
      }
    }
    if (!Sha256.hex(full.digest()).equals(manifest.fullChunksSha256())) {
      throw new LogCorruptException(
          directory.manifestFile(manifest.number())
              + " and the full chunks do not go together: their hashes differ");
    }
    if (!Sha256.hex(Sha256.soFar(digest)).equals(manifest.lastChunkSha256())) {
      throw new LogCorruptException(
          "%s does not have the SHA-256 that %s says"
              .formatted(
                  directory.chunk(firstChunk + hashes.size()),
                  directory.manifestFile(manifest.number())));
    }
  }

  /**
   * Looks for the first file that is not what its hash says: a group that reaches from one chunk
   * into the next is found bad where it begins.
   *
   * @return what is wrong with it; null if all files are what their hashes say
   */
  @Nullable String damagedFile() throws IOException {
    for (long index = firstChunk; index <= manifest.fullChunks(); index++) {
      boolean full = index < manifest.fullChunks();
      long bytes = full ? chunkBytes : manifest.position() % chunkBytes;
      String written = full ? directory.hash(index) : manifest.lastChunkSha256();
      if (bytes > 0 && written != null) {
        String problem = problemOf(index, bytes, written);
        if (problem != null) {
          return directory.chunk(index) + " " + problem;
        }
      }
    }
    return null;
  }

  private @Nullable String problemOf(long index, long bytes, String written) throws IOException {
    MessageDigest found = Sha256.digest();
    ByteBuffer part = ByteBuffer.allocate(1 << 20);
    try {
      for (long at = 0; at < bytes; ) {
        part.clear().limit((int) Math.min(part.capacity(), bytes - at));
        int read = chunk(index).read(part, at);
        if (read < 0) {
          return "is cut short: it has " + at + " bytes, not " + bytes;
        }
        found.update(part.flip());
        at += read;
      }
    } catch (LogCorruptException e) {
      return "is missing";
    }
    return Sha256.hex(found.digest()).equals(written) ? null : "does not have its SHA-256";
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
