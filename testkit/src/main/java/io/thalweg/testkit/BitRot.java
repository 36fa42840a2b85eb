package io.thalweg.testkit;

import io.thalweg.log.FaultyFiles;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One bit of a file that was durable long ago is another one. {@link #repair} puts the file back as
 * an operator would, from a copy.
 *
 * @param atByte where in the file
 * @param isLog whether what it holds is in no other place: the events themselves
 */
record BitRot(FaultyFiles disk, Path file, int atByte, byte[] whole, boolean isLog) {
  private static final String SEGMENT = ".segment";

  /** Of the header of a segment. */
  private static final int HEADER_BYTES = 4096;

  /** Where the header has the position of the first byte behind it. */
  private static final int BASE_AT = 24;

  /** Flips a bit of a sealed segment or of its index; null if there is none yet. */
  static @Nullable BitRot strike(FaultyFiles disk, SplittableRandom random) {
    List<Path> segments =
        disk.files().stream().filter(file -> file.toString().endsWith(SEGMENT)).sorted().toList();
    if (segments.size() < 2) {
      return null;
    }
    Path last = segments.getLast();
    List<Path> sealed =
        disk.files().stream()
            .filter(file -> isBefore(file, last))
            .filter(file -> disk.get(file).length > 0)
            .toList();
    Path file = sealed.get(random.nextInt(sealed.size()));
    byte[] whole = disk.get(file);
    byte[] bad = whole.clone();
    // Behind the end of a segment there are zeros that say nothing.
    int endByte = bad.length;
    while (endByte > 1 && bad[endByte - 1] == 0) {
      endByte--;
    }
    endByte = Math.min(endByte, countedBytes(disk, segments, file));
    int atByte = random.nextInt(endByte);
    bad[atByte] ^= (byte) (1 << random.nextInt(8));
    disk.put(file, bad);
    return new BitRot(disk, file, atByte, whole, file.toString().endsWith(SEGMENT));
  }

  /**
   * How many bytes of a file count: of a segment those up to the base of the next one, whatever a
   * write that was given up has left behind them.
   */
  private static int countedBytes(FaultyFiles disk, List<Path> segments, Path file) {
    int at = segments.indexOf(file);
    if (at < 0) {
      return Integer.MAX_VALUE;
    }
    return HEADER_BYTES + (int) (base(disk, segments.get(at + 1)) - base(disk, file));
  }

  private static long base(FaultyFiles disk, Path segment) {
    return ByteBuffer.wrap(disk.get(segment)).getLong(BASE_AT);
  }

  // Names of one length begin with the position in the log.
  private static boolean isBefore(Path file, Path last) {
    String name = file.getFileName().toString();
    String lastName = last.getFileName().toString();
    String position = lastName.substring(0, lastName.indexOf('.'));
    return name.length() > position.length()
        && name.charAt(position.length()) == '.'
        && name.substring(0, position.length()).compareTo(position) < 0;
  }

  @Override
  public String toString() {
    return "byte %d of the %d of %s".formatted(atByte, whole.length, file);
  }

  void repair() {
    if (isLog) {
      disk.put(file, whole);
    }
  }
}
