package io.thalweg.log;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Files in memory that behave as badly as a disk may. What was not forced is lost, kept or torn at
 * any byte when the power goes; so are names whose directory was not forced. Every operation that
 * changes something is a step, and the power can go, or an error come, at any step.
 *
 * <p>The same seed gives the same outcome for the same steps. Thread-safe.
 *
 * <p><b>Caveats.</b> After a failed force the bytes can still be read, but no later force brings
 * them to the disk: what Linux does. Bytes that were forced are never damaged; use {@link #put} for
 * that.
 */
public final class FaultyFiles implements LogFiles {
  /** What becomes of bytes and names that were not forced. */
  public enum Tear {
    /** Each write is kept, lost or cut at any byte; of the names' changes a first part is kept. */
    RANDOM,
    /** Nothing of it is there. */
    LOSE,
    /** All of it is there, as if it had just been written back. */
    KEEP
  }

  private final Random random;
  private Map<Path, Content> names = new TreeMap<>();
  private Map<Path, Content> durableNames = new TreeMap<>();
  private final List<NameChange> nameChanges = new ArrayList<>();
  private final List<String> stepNames = new ArrayList<>();
  private int steps;
  private int powerOffAt = Integer.MAX_VALUE;
  private int failAt = Integer.MAX_VALUE;
  private long freeBytes = Long.MAX_VALUE;
  private int life;
  private boolean powerIsOff;
  private int failures;
  private int forcesAfterFailure;
  private @Nullable Runnable beforeForce;

  public FaultyFiles(long seed) {
    random = new Random(seed);
  }

  /** The number of steps so far. */
  public synchronized int steps() {
    return steps;
  }

  /** What the steps were, for messages. */
  public synchronized List<String> stepNames() {
    return List.copyOf(stepNames);
  }

  /** Cuts the power just before a step; a write at that step may be under way. */
  public synchronized void powerOffAtStep(int step) {
    powerOffAt = step;
  }

  /** Lets one step fail with an I/O error. */
  public synchronized void failAtStep(int step) {
    failAt = step;
  }

  /** Leaves room for so many more bytes. */
  public synchronized void freeBytes(long bytes) {
    freeBytes = bytes;
  }

  /** How many errors were given out. */
  public synchronized int failures() {
    return failures;
  }

  /** How often a file was forced again after a force on it had failed. */
  public synchronized int forcesAfterFailure() {
    return forcesAfterFailure;
  }

  /** Runs before each force, on its thread; it may wait. */
  public synchronized void beforeForce(@Nullable Runnable hook) {
    beforeForce = hook;
  }

  /** Cuts the power now: all open files are dead. */
  public synchronized void powerOff() {
    powerIsOff = true;
  }

  /** Brings the power back; what was not forced is treated as told. Faults are taken back. */
  public synchronized void restart(Tear tear) {
    restartProcess();
    int kept =
        switch (tear) {
          case RANDOM -> random.nextInt(nameChanges.size() + 1);
          case LOSE -> 0;
          case KEEP -> nameChanges.size();
        };
    for (NameChange change : nameChanges.subList(0, kept)) {
      change.applyTo(durableNames);
    }
    nameChanges.clear();
    names = new TreeMap<>(durableNames);
    for (Content content : names.values()) {
      content.crash(tear, random);
    }
  }

  /**
   * Another process goes on after one that was killed, also one that {@link #powerOff} has stopped:
   * it sees all that was written, and what was not forced can still be lost. Faults are taken back.
   */
  public synchronized void restartProcess() {
    life++;
    powerIsOff = false;
    powerOffAt = Integer.MAX_VALUE;
    failAt = Integer.MAX_VALUE;
    freeBytes = Long.MAX_VALUE;
    beforeForce = null;
  }

  /** The names of all files. */
  public synchronized List<Path> files() {
    return List.copyOf(names.keySet());
  }

  /** The bytes of a file as a reader would see them now. */
  public synchronized byte[] get(Path file) {
    Content content = names.get(file);
    if (content == null) {
      throw new IllegalArgumentException("no file " + file);
    }
    return Arrays.copyOf(content.bytes, content.size);
  }

  /** Puts a file there as if it had been forced long ago. */
  public synchronized void put(Path file, byte[] bytes) {
    Content content = new Content();
    content.write(bytes, 0);
    content.force();
    names.put(file, content);
    durableNames.put(file, content);
  }

  /** Removes a file as if that had been forced long ago. */
  public synchronized void remove(Path file) {
    names.remove(file);
    durableNames.remove(file);
  }

  /** Another disk with the same files, all of them forced. */
  public synchronized FaultyFiles copy(long seed) {
    FaultyFiles copy = new FaultyFiles(seed);
    for (Path file : names.keySet()) {
      copy.put(file, get(file));
    }
    return copy;
  }

  private void step(String name) throws IOException {
    if (powerIsOff) {
      throw new IOException("the power is off");
    }
    int number = steps++;
    stepNames.add(name);
    if (number == powerOffAt) {
      powerIsOff = true;
      throw new IOException("the power went off at step " + number + ", " + name);
    }
    if (number == failAt) {
      failures++;
      throw new IOException("injected I/O error at step " + number + ", " + name);
    }
  }

  private void checkPower() throws IOException {
    if (powerIsOff) {
      throw new IOException("the power is off");
    }
  }

  @Override
  public void createDirectories(Path directory) {
    // Directories are not kept: the prefix of a path is enough.
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    checkPower();
    return names.keySet().stream()
        .filter(file -> file.startsWith(directory) && !file.equals(directory))
        .map(file -> directory.relativize(file).getName(0).toString())
        .distinct()
        .toList();
  }

  @Override
  public synchronized LogFile create(Path file) throws IOException {
    step("create " + file);
    Content content = new Content();
    change(new NameChange(null, file, content));
    return new Open(content, file, life);
  }

  @Override
  public synchronized LogFile openForWriting(Path file) throws IOException {
    return openForReading(file);
  }

  @Override
  public synchronized LogFile openForReading(Path file) throws IOException {
    checkPower();
    Content content = names.get(file);
    if (content == null) {
      throw new FileNotFoundException(file.toString());
    }
    return new Open(content, file, life);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    step("rename " + from + " to " + to);
    Content content = names.get(from);
    if (content == null) {
      throw new FileNotFoundException(from.toString());
    }
    change(new NameChange(from, to, content));
  }

  @Override
  public synchronized void deleteIfExists(Path file) throws IOException {
    step("delete " + file);
    if (names.containsKey(file)) {
      change(new NameChange(file, null, null));
    }
  }

  @Override
  public synchronized void forceDirectory(Path directory) throws IOException {
    step("force directory");
    for (NameChange change : nameChanges) {
      change.applyTo(durableNames);
    }
    nameChanges.clear();
  }

  private void change(NameChange change) {
    change.applyTo(names);
    nameChanges.add(change);
  }

  private record NameChange(@Nullable Path from, @Nullable Path to, @Nullable Content content) {
    void applyTo(Map<Path, Content> map) {
      if (from != null) {
        map.remove(from);
      }
      if (to != null && content != null) {
        map.put(to, content);
      }
    }
  }

  private record Write(int at, byte[] bytes) {}

  /** A file's bytes: as they are seen, as they are on the disk, and what lies between. */
  private static final class Content {
    private byte[] bytes = new byte[0];
    private int size;
    private byte[] durable = new byte[0];
    private int durableSize;
    private final List<Write> unforced = new ArrayList<>();
    private boolean failed;

    void write(byte[] from, int at) {
      bytes = put(bytes, from, at, from.length);
      size = Math.max(size, at + from.length);
      unforced.add(new Write(at, from));
    }

    void force() {
      for (Write write : unforced) {
        keep(write, write.bytes.length);
      }
      unforced.clear();
    }

    /** As Linux does it: the pages count as clean, and never reach the disk. */
    void forceFailed() {
      unforced.clear();
      failed = true;
    }

    void crash(Tear tear, Random random) {
      for (Write write : unforced) {
        int length =
            switch (tear) {
              case RANDOM ->
                  switch (random.nextInt(3)) {
                    case 0 -> 0;
                    case 1 -> write.bytes.length;
                    default -> random.nextInt(write.bytes.length + 1);
                  };
              case LOSE -> 0;
              case KEEP -> write.bytes.length;
            };
        if (length > 0) {
          keep(write, length);
        }
      }
      unforced.clear();
      failed = false;
      bytes = durable.clone();
      size = durableSize;
    }

    private void keep(Write write, int length) {
      durable = put(durable, write.bytes, write.at, length);
      durableSize = Math.max(durableSize, write.at + length);
    }

    private static byte[] put(byte[] into, byte[] from, int at, int length) {
      byte[] result = into;
      if (at + length > into.length) {
        result = Arrays.copyOf(into, Math.max(at + length, into.length * 2));
      }
      System.arraycopy(from, 0, result, at, length);
      return result;
    }
  }

  private final class Open implements LogFile {
    private final Content content;
    private final Path file;
    private final int born;

    private Open(Content content, Path file, int born) {
      this.content = content;
      this.file = file;
      this.born = born;
    }

    private void checkLife() throws IOException {
      checkPower();
      if (born != life) {
        throw new IOException("this file was open when the power went off");
      }
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      synchronized (FaultyFiles.this) {
        checkLife();
        if (atBytes >= content.size) {
          return -1;
        }
        int length = (int) Math.min(into.remaining(), content.size - atBytes);
        into.put(content.bytes, (int) atBytes, length);
        return length;
      }
    }

    @Override
    public void write(ByteBuffer from, long atBytes) throws IOException {
      synchronized (FaultyFiles.this) {
        checkLife();
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        long grows = Math.max(0, atBytes + bytes.length - content.size);
        try {
          step("write " + bytes.length + " to " + file);
          if (grows > freeBytes) {
            failures++;
            throw new IOException("injected: no space left on device");
          }
        } catch (IOException e) {
          // Some of it may have been written.
          int part = random.nextInt(bytes.length + 1);
          if (part > 0 && random.nextBoolean()) {
            content.write(Arrays.copyOf(bytes, part), (int) atBytes);
          }
          throw e;
        }
        freeBytes -= grows;
        content.write(bytes, (int) atBytes);
      }
    }

    @Override
    public void force() throws IOException {
      Runnable hook;
      synchronized (FaultyFiles.this) {
        hook = beforeForce;
      }
      if (hook != null) {
        hook.run();
      }
      synchronized (FaultyFiles.this) {
        checkLife();
        if (content.failed) {
          forcesAfterFailure++;
        }
        try {
          step("force " + file);
        } catch (IOException e) {
          if (!powerIsOff) {
            content.forceFailed();
          }
          throw e;
        }
        content.force();
      }
    }

    @Override
    public long sizeBytes() throws IOException {
      synchronized (FaultyFiles.this) {
        checkLife();
        return content.size;
      }
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
