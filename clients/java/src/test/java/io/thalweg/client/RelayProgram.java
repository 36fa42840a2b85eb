package io.thalweg.client;

import io.thalweg.client.jobs.outbox.OutboxOptions;
import io.thalweg.client.jobs.outbox.OutboxRelay;
import io.thalweg.client.jobs.outbox.OutboxTable;
import java.time.Duration;
import org.postgresql.ds.PGSimpleDataSource;

/** A program that relays an outbox until it is killed: URL of the server, of PostgreSQL, table. */
final class RelayProgram {
  private RelayProgram() {}

  public static void main(String[] args) throws Exception {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(args[1]);
    OutboxOptions options =
        OutboxOptions.defaults()
            .withTable(new OutboxTable(args[2]))
            .withPoll(Duration.ofMillis(5))
            .withMost(20);
    try (ThalwegClient client = ThalwegClient.at(args[0]).open();
        OutboxRelay _ = OutboxRelay.start(client, source, options)) {
      System.out.println("relaying");
      // Ends with whoever started it, if it is not killed.
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
    }
  }
}
