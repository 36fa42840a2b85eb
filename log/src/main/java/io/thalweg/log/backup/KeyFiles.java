package io.thalweg.log.backup;

import io.thalweg.log.LogFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The keys in a backup directory. They have no versions: what is here is as of the last run, so
 * that a key that was destroyed is gone from all backups at once.
 *
 * <pre>
 *   keys/index.json   identity of the set of keys, and the tag of every bucket
 *   keys/0007.keys    one bucket: "thalkeys", format 4, bucket 4, identity 32, length 4, content,
 *                     SHA-256 of all before it 32
 * </pre>
 *
 * <p>A bucket's file is replaced by a rename, and the index is written after all of them. So after
 * a crash each bucket is whole, and as its tag says or newer. Holds nothing open.
 */
final class KeyFiles {
  private static final int FORMAT = 1;
  private static final byte[] MAGIC = "thalkeys".getBytes(StandardCharsets.US_ASCII);
  private static final int ID_BYTES = 32;
  private static final int HEAD_BYTES = MAGIC.length + 3 * Integer.BYTES + ID_BYTES;
  private static final int HASH_BYTES = 32;
  private static final Pattern BUCKET = Pattern.compile("\\d{4}\\.keys");

  private final BackupDirectory directory;
  private final LogFiles files;
  private final Path path;

  KeyFiles(BackupDirectory directory) {
    this.directory = directory;
    this.files = directory.files();
    this.path = directory.path().resolve("keys");
  }

  private Path index() {
    return path.resolve("index.json");
  }

  private Path file(int bucket) {
    return path.resolve("%04d.keys".formatted(bucket));
  }

  /** What the last whole run copied; null if there are no keys. */
  @Nullable KeyTags tags() throws IOException {
    byte[] bytes;
    try {
      bytes = directory.read(index());
    } catch (FileNotFoundException | NoSuchFileException e) {
      return null;
    }
    Json in = SealedJson.decode(bytes, index().toString());
    if (in.number("format") != FORMAT) {
      throw in.bad(
          "format %d is not known here; this version reads format %d"
              .formatted(in.number("format"), FORMAT));
    }
    return KeyTags.read(in);
  }

  /** Makes the directory. */
  void create() throws IOException {
    files.createDirectories(path);
    files.forceDirectory(directory.path());
  }

  /** Whether a bucket's file is there and whole. */
  boolean has(String keysId, int bucket) throws IOException {
    try {
      content(keysId, bucket);
      return true;
    } catch (FileNotFoundException | NoSuchFileException | BackupException e) {
      return false;
    }
  }

  /** Replaces a bucket; its name is durable after {@link #write(KeyTags)}. */
  void write(String keysId, int bucket, byte[] content) throws IOException {
    byte[] id = keysId.getBytes(StandardCharsets.US_ASCII);
    if (id.length != ID_BYTES) {
      throw new BackupException(
          "the identity of keys has " + ID_BYTES + " characters; got " + id.length);
    }
    ByteBuffer out =
        ByteBuffer.allocate(HEAD_BYTES + content.length + HASH_BYTES)
            .put(MAGIC)
            .putInt(FORMAT)
            .putInt(bucket)
            .put(id)
            .putInt(content.length)
            .put(content);
    MessageDigest digest = Sha256.digest();
    digest.update(out.array(), 0, out.position());
    out.put(digest.digest());
    directory.replace(file(bucket), out.array());
  }

  /** Makes what was written durable, and says so. */
  void write(KeyTags tags) throws IOException {
    files.forceDirectory(path);
    directory.replace(
        index(),
        SealedJson.encode(out -> {
          out.writeNumberField("format", FORMAT);
          tags.writeFields(out);
        }));
    files.forceDirectory(path);
  }

  /** The buckets that there are, or must be. */
  List<Integer> buckets(KeyTags tags) throws IOException {
    TreeSet<Integer> all = new TreeSet<>(tags.tags().keySet());
    for (String name : files.list(path)) {
      if (BUCKET.matcher(name).matches()) {
        all.add(Integer.parseInt(name, 0, 4, 10));
      }
    }
    return List.copyOf(all);
  }

  /**
   * What a bucket holds.
   *
   * @throws FileNotFoundException or a {@link NoSuchFileException} if it is not there
   * @throws BackupException if it is damaged; names the file
   */
  byte[] content(String keysId, int bucket) throws IOException {
    byte[] bytes = directory.read(file(bucket));
    int end = bytes.length - HASH_BYTES;
    if (end < HEAD_BYTES) {
      throw damaged(bucket, "it has only " + bytes.length + " bytes");
    }
    MessageDigest digest = Sha256.digest();
    digest.update(bytes, 0, end);
    if (!Arrays.equals(digest.digest(), Arrays.copyOfRange(bytes, end, bytes.length))) {
      throw damaged(bucket, "its content does not have the SHA-256 at its end");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    int format = in.getInt();
    if (!Arrays.equals(magic, MAGIC) || format != FORMAT) {
      throw damaged(bucket, "it is not of format " + FORMAT);
    }
    int number = in.getInt();
    byte[] id = new byte[ID_BYTES];
    in.get(id);
    if (number != bucket || !new String(id, StandardCharsets.US_ASCII).equals(keysId)) {
      throw damaged(bucket, "it is another bucket or of other keys");
    }
    if (in.getInt() != end - HEAD_BYTES) {
      throw damaged(bucket, "its length is not what it says");
    }
    return Arrays.copyOfRange(bytes, HEAD_BYTES, end);
  }

  private BackupException damaged(int bucket, String why) {
    return new BackupException(
        file(bucket)
            + " is damaged: "
            + why
            + "; while the node has its keys, run the backup again, which copies the file again");
  }
}
