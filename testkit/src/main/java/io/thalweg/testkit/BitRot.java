package io.thalweg.testkit;

import io.thalweg.log.FaultyFiles;
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
    int atByte = random.nextInt(endByte);
    bad[atByte] ^= (byte) (1 << random.nextInt(8));
    disk.put(file, bad);
    return new BitRot(disk, file, atByte, whole, file.toString().endsWith(SEGMENT));
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
