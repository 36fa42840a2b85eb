package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.random.RandomGenerator;

/** What may happen to a file that nobody writes. */
enum Damage {
  /** One bit is another, anywhere. */
  FLIPPED {
    @Override
    void apply(Path file, RandomGenerator random) throws IOException {
      long size = Files.size(file);
      if (size > 0) {
        flip(file, random.nextLong(size), random.nextInt(8));
      }
    }
  },
  /** It ends early, anywhere. */
  TRUNCATED {
    @Override
    void apply(Path file, RandomGenerator random) throws IOException {
      long size = Files.size(file);
      truncate(file, size == 0 ? 0 : random.nextLong(size));
    }
  },
  /** It holds nothing. */
  EMPTIED {
    @Override
    void apply(Path file, RandomGenerator random) throws IOException {
      truncate(file, 0);
    }
  },
  /** It is not there. */
  DELETED {
    @Override
    void apply(Path file, RandomGenerator random) throws IOException {
      Files.delete(file);
    }
  };

  abstract void apply(Path file, RandomGenerator random) throws IOException;

  static void flip(Path file, long at, int bit) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[Math.toIntExact(at)] ^= (byte) (1 << bit);
    Files.write(file, bytes);
  }

  static void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  /** Each of two files holds what the other did. */
  static void swap(Path one, Path other) throws IOException {
    byte[] bytes = Files.readAllBytes(one);
    Files.write(one, Files.readAllBytes(other));
    Files.write(other, bytes);
  }
}
