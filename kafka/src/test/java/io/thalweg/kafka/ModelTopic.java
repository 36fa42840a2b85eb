package io.thalweg.kafka;

import io.thalweg.log.OffsetOutOfRangeException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * A topic partition that does what was seen of real ones, and what may be feared of them: appends
 * are lost, doubled, reordered, take effect long after they were reported as failed; offsets are
 * left out; tails that were not replicated are cut off; strangers write; calls fail. What is
 * committed never changes.
 *
 * <p>Nothing happens but in {@link #step}. One thread.
 */
final class ModelTopic implements Topic {
  private final SplittableRandom random;
  private final UUID topicId;
  private final List<TopicRecord> committed = new ArrayList<>();
  private final List<Append> tail = new ArrayList<>();
  private final List<Append> onTheWay = new ArrayList<>();
  private long nextOffset;
  private long begins;
  private int chaos;

  /** One append; there may be several copies of it. */
  private static final class Append {
    final byte[] record;
    final Outcome outcome;
    long offset = -1;
    boolean told;

    Append(byte[] record, Outcome outcome) {
      this.record = record;
      this.outcome = outcome;
    }
  }

  /**
   * @param chaos of 100 steps so many go wrong
   */
  ModelTopic(long seed, int chaos) {
    random = new SplittableRandom(seed);
    topicId = new UUID(random.nextLong(), random.nextLong());
    this.chaos = chaos;
  }

  /** From now on everything works. */
  void calm() {
    chaos = 0;
  }

  boolean isQuiet() {
    return onTheWay.isEmpty() && tail.isEmpty();
  }

  List<TopicRecord> committed() {
    return committed;
  }

  private boolean wrong() {
    return random.nextInt(100) < chaos;
  }

  @Override
  public UUID topicId() {
    return topicId;
  }

  @Override
  public void append(byte[] record, Outcome outcome) {
    onTheWay.add(new Append(record, outcome));
  }

  @Override
  public List<TopicRecord> read(long from, int maxBytes) {
    if (wrong()) {
      throw new TopicException("the model's Kafka cannot be reached");
    }
    if (from < begins) {
      throw new OffsetOutOfRangeException("the topic begins at " + begins);
    }
    List<TopicRecord> found = new ArrayList<>();
    int most = 1 + random.nextInt(8);
    for (TopicRecord record : committed) {
      if (record.offset() >= from && found.size() < most) {
        found.add(record);
      }
    }
    return found;
  }

  @Override
  public long endOffset() {
    if (wrong()) {
      throw new TopicException("the model's Kafka cannot be reached");
    }
    return committed.isEmpty() ? 0 : committed.get(committed.size() - 1).offset() + 1;
  }

  @Override
  public long startOffset() {
    return begins;
  }

  @Override
  public void deleteBefore(long offset) {
    begins = Math.max(begins, offset);
  }

  @Override
  public long offsetAt(long timeMs) {
    return endOffset();
  }

  /** Something happens. */
  void step() {
    if (wrong()) {
      goWrong();
    } else if (!onTheWay.isEmpty() && random.nextBoolean()) {
      arrive(0);
    } else if (!tail.isEmpty()) {
      commit();
    }
  }

  private void goWrong() {
    switch (random.nextInt(8)) {
      case 0 -> nextOffset += tail.isEmpty() ? 1 + random.nextInt(3) : 0;
      case 1 -> truncate();
      case 2 -> stranger();
      default -> {
        if (!onTheWay.isEmpty()) {
          spoil(random.nextInt(Math.min(4, onTheWay.size())));
        }
      }
    }
  }

  private void spoil(int at) {
    Append append = onTheWay.get(at);
    switch (random.nextInt(5)) {
      case 0 -> arrive(at); // out of order
      case 1 -> { // lost
        onTheWay.remove(at);
        tellFailed(append);
      }
      case 2 -> tellFailed(append); // and it comes later
      case 3 -> { // twice: now, and again later
        Append copy = new Append(append.record, append.outcome);
        copy.told = append.told;
        onTheWay.add(random.nextInt(onTheWay.size() + 1), copy);
        arrive(onTheWay.indexOf(append));
        append.told |= random.nextBoolean();
      }
      default -> { // an answer that is lost
        arrive(at);
        tellFailed(append);
      }
    }
  }

  private static void tellFailed(Append append) {
    if (!append.told) {
      append.told = true;
      append.outcome.failed(new TopicException("the model's Kafka did not answer"));
    }
  }

  private void arrive(int at) {
    Append append = onTheWay.remove(at);
    append.offset = nextOffset++;
    tail.add(append);
  }

  private void commit() {
    Append append = tail.remove(0);
    committed.add(new TopicRecord(append.offset, append.record));
    if (!append.told) {
      append.told = true;
      append.outcome.appended(append.offset);
    }
  }

  // What was not committed goes; producers send it again, or give up.
  private void truncate() {
    int keep = random.nextInt(tail.size() + 1);
    while (tail.size() > keep) {
      Append append = tail.remove(tail.size() - 1);
      nextOffset = append.offset;
      append.offset = -1;
      if (random.nextBoolean()) {
        onTheWay.add(0, append);
      } else {
        tellFailed(append);
      }
    }
  }

  private void stranger() {
    byte[] junk = new byte[random.nextInt(200)];
    random.nextBytes(junk);
    Append append =
        new Append(
            junk,
            new Outcome() {
              @Override
              public void appended(long offset) {}

              @Override
              public void failed(Exception cause) {}
            });
    onTheWay.add(append);
  }
}
