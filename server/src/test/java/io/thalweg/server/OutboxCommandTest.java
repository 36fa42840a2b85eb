package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * What {@code thalweg outbox} says before it relays; the relay itself is tested with the client.
 */
final class OutboxCommandTest {
  @Test
  void theTableIsPrintedUnderTheNameThatWasAskedFor() {
    Cli sql = Cli.run("outbox", "--sql", "--table", "shop.work");

    assertThat(sql.exitCode()).isZero();
    assertThat(sql.out()).contains("create table shop.work (", "create index work_waiting");
  }

  @Test
  void whatIsMissingOrWrongIsNamed() {
    assertThat(Cli.run("outbox").err()).contains("--postgres is required");
    assertThat(Cli.run("outbox", "--postgres", "mysql://x").err())
        .contains("--postgres must be a URL such as jdbc:postgresql://HOST/DATABASE");
    assertThat(Cli.run("outbox", "--sql", "--table", "a; drop table b").err())
        .contains("--table must have letters");
    Cli poll = Cli.run("outbox", "--sql", "--poll", "0");
    assertThat(poll.exitCode()).isEqualTo(2);
    assertThat(poll.err()).contains("--poll must be from 1 ms to 1 minute");
  }
}
