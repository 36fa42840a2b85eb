package io.thalweg.gateway;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * A run of random input: seconds in the build, as long as {@code -Dfuzz.seconds=600} says
 * otherwise; {@code -Dfuzz.seed=N} makes another one. While it is open Netty looks for every buffer
 * that nobody gives back, and every error that is logged is kept.
 */
final class Fuzz implements AutoCloseable {
  private static final int COLLECTIONS = 5;

  /**
   * Armeria does not give back the buffer of an answer over HTTP/1.1 if the client has left by
   * then: its own to a malformed request, or the end of another's. At most that answer's bytes,
   * until they are collected.
   */
  private static final List<String> KNOWN_LEAKS =
      List.of(
          "ServerHttpObjectEncoder.writeErrorResponse",
          "internal.common.Http1ObjectEncoder.doWrite");

  final long seed = Long.getLong("fuzz.seed", 1);
  final Random random = new Random(seed);

  private boolean begun;
  private long endNs;
  private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  Fuzz(String what) {
    System.out.println("fuzz of " + what + ": -Dfuzz.seed=" + seed);
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    log.start();
    root().addAppender(log);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** Whether there is time left, which begins when this is first asked: there is one round. */
  boolean goesOn() {
    if (!begun) {
      begun = true;
      endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("fuzz.seconds", 3));
      return true;
    }
    return System.nanoTime() - endNs < 0;
  }

  byte[] bytes(int most) {
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** The same, of which up to so many bytes are others, or the end is missing, or comes twice. */
  byte[] damaged(byte[] bytes, int most) {
    byte[] other = bytes.clone();
    for (int i = random.nextInt(most + 1); i > 0 && other.length > 0; i--) {
      other[random.nextInt(other.length)] = (byte) random.nextInt(256);
    }
    return switch (random.nextInt(8)) {
      case 0 -> java.util.Arrays.copyOf(other, random.nextInt(other.length + 1));
      case 1 -> {
        byte[] twice = java.util.Arrays.copyOf(other, 2 * other.length);
        System.arraycopy(other, 0, twice, other.length, other.length);
        yield twice;
      }
      default -> other;
    };
  }

  /** What was logged as an error so far: faults, and buffers that leaked. */
  List<String> errors() {
    // A leak is found when the next buffers are made after the garbage was collected.
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer(1);
      buffer.release();
    }
    return List.copyOf(log.list).stream()
        .filter(event -> event.getLevel().levelInt >= ch.qos.logback.classic.Level.ERROR_INT)
        .filter(event -> KNOWN_LEAKS.stream().noneMatch(event.getFormattedMessage()::contains))
        .map(event -> event.getLoggerName() + ": " + event.getFormattedMessage())
        .toList();
  }

  @Override
  public void close() {
    root().detachAppender(log);
    ResourceLeakDetector.setLevel(before);
  }
}
