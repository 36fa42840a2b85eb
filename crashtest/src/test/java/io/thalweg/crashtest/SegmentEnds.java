package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Up to where each segment file is proven durable, read by the format as it is written down and by
 * no code of the log.
 *
 * @param file the segment
 * @param provenBytes every byte of the file before this was durable, as what is written later says
 */
record SegmentEnds(Path file, long provenBytes) {
  private static final int HEADER_BYTES = 4096;
  private static final int BASE_AT = 24;
  private static final int GROUP_MAGIC = 0x54574731;
  private static final int GROUP_LENGTH_AT = 12;
  private static final int GROUP_DURABLE_AT = 24;
  private static final int GROUP_HEADER_BYTES = 48;

  /** Of all segments of a log that was closed. */
  static List<SegmentEnds> of(Path log) throws IOException {
    List<Path> files = Folder.files(log, ".segment");
    List<SegmentEnds> ends = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(files.get(i)));
      long base = bytes.getLong(BASE_AT);
      long end =
          i + 1 < files.size()
              ? ByteBuffer.wrap(Files.readAllBytes(files.get(i + 1))).getLong(BASE_AT)
              : lastDurable(bytes);
      ends.add(new SegmentEnds(files.get(i), HEADER_BYTES + end - base));
    }
    return ends;
  }

  private static long lastDurable(ByteBuffer bytes) {
    long durable = bytes.getLong(BASE_AT);
    int at = HEADER_BYTES;
    while (at + GROUP_HEADER_BYTES <= bytes.capacity() && bytes.getInt(at) == GROUP_MAGIC) {
      durable = Math.max(durable, bytes.getLong(at + GROUP_DURABLE_AT));
      at += bytes.getInt(at + GROUP_LENGTH_AT);
    }
    return durable;
  }
}
