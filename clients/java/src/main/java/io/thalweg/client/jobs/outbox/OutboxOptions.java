package io.thalweg.client.jobs.outbox;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How an outbox is relayed.
 *
 * @param table that is read
 * @param poll pause after a look at the table that found nothing; 1 ms to 1 minute
 * @param most rows of one transaction, 1 to 1,000
 * @param problems hears what goes wrong, in one line; called by the relay's thread
 */
public record OutboxOptions(OutboxTable table, Duration poll, int most, Consumer<String> problems) {
  private static final int MOST = 1_000;

  public OutboxOptions {
    if (poll.toMillis() < 1 || poll.toMillis() > 60_000) {
      throw new IllegalArgumentException("poll must be from 1 ms to 1 minute; got " + poll);
    }
    if (most < 1 || most > MOST) {
      throw new IllegalArgumentException("most must be from 1 to " + MOST + "; got " + most);
    }
  }

  /** Table {@code thalweg_outbox}, looked at five times a second. */
  public static OutboxOptions defaults() {
    return new OutboxOptions(
        new OutboxTable("thalweg_outbox"), Duration.ofMillis(200), MOST, problem -> {});
  }

  public OutboxOptions withTable(OutboxTable value) {
    return new OutboxOptions(value, poll, most, problems);
  }

  public OutboxOptions withPoll(Duration value) {
    return new OutboxOptions(table, value, most, problems);
  }

  public OutboxOptions withMost(int value) {
    return new OutboxOptions(table, poll, value, problems);
  }

  public OutboxOptions withProblems(Consumer<String> value) {
    return new OutboxOptions(table, poll, most, value);
  }
}
