package io.thalweg.log.backup;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One backup: a cut and the hashes of the bytes below it. As a file it is JSON whose last field is
 * the SHA-256 of everything before it.
 *
 * @param number from 1, increasing within a backup directory
 * @param archived whether continuous archiving made it, which also removes those that are too many
 * @param cut what is in it
 * @param chunkBytes length of a full chunk
 * @param fullChunksSha256 SHA-256 over the hashes (32 bytes each) of the full chunks below the cut
 * @param lastChunkSha256 SHA-256 of the last chunk's bytes below the cut
 * @param keysId identity of the keys that are needed for what is sealed in it; null if none are
 */
public record BackupManifest(
    long number,
    boolean archived,
    BackupCut cut,
    long chunkBytes,
    String fullChunksSha256,
    String lastChunkSha256,
    @Nullable String keysId) {
  private static final int FORMAT = 1;

  /** Bytes of the log below the cut. */
  public long position() {
    return cut.log().position();
  }

  /** How many chunks are full below the cut. */
  long fullChunks() {
    return position() / chunkBytes;
  }

  byte[] encode() {
    return SealedJson.encode(out -> {
      out.writeNumberField("format", FORMAT);
      out.writeNumberField("manifest", number);
      out.writeBooleanField("archived", archived);
      cut.writeFields(out);
      out.writeNumberField("chunkBytes", chunkBytes);
      out.writeNumberField("fullChunks", fullChunks());
      out.writeStringField("fullChunksSha256", fullChunksSha256);
      out.writeNumberField("lastChunkBytes", position() % chunkBytes);
      out.writeStringField("lastChunkSha256", lastChunkSha256);
      if (keysId != null) {
        out.writeStringField("keysId", keysId);
      }
    });
  }

  static BackupManifest decode(byte[] bytes, long number, String where) throws IOException {
    Json in = SealedJson.decode(bytes, where);
    if (in.number("format") != FORMAT) {
      throw in.bad(
          "format %d is not known here; this version reads format %d"
              .formatted(in.number("format"), FORMAT));
    }
    if (in.number("manifest") != number) {
      throw in.bad("this is manifest " + in.number("manifest") + " under another one's name");
    }
    return new BackupManifest(
        number,
        Boolean.TRUE.equals(in.fields().get("archived")),
        BackupCut.read(in),
        in.number("chunkBytes"),
        in.text("fullChunksSha256"),
        in.text("lastChunkSha256"),
        in.names().contains("keysId") ? in.text("keysId") : null);
  }
}
