package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.FaultyFiles;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.GetStatementRequest;
import io.thalweg.runtime.test.RemindRequest;
import io.thalweg.runtime.test.RemindResponse;
import io.thalweg.runtime.test.Statement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages, subscriptions and timers over power failures at any step of the log. */
class MessageCrashTest {
  private static final int ACCOUNTS = 12;

  @TempDir Path data;
  @TempDir Path scratch;

  private static SegmentLogOptions log(FaultyFiles files) {
    return SegmentLogOptions.DEFAULTS
        .withFiles(files)
        .withFirstSegmentBytes(256 << 10)
        .withMaxSegmentBytes(1 << 20);
  }

  private Node open(FaultyFiles files) {
    return Thalweg.at(data)
        .service(Accounts.TYPE)
        .service(Statements.TYPE)
        .options(NodeOptions.defaults().withPartitions(3).withLog(log(files)))
        .open();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void nothingIsLostOrDoneTwiceWhereverThePowerGoes(long seed) throws Exception {
    Random random = new Random(seed);
    FaultyFiles files = new FaultyFiles(seed);
    int timers = 0;
    for (int life = 0; life < 8; life++) {
      Node node = open(files);
      files.powerOffAtStep(files.steps() + 5 + random.nextInt(120));
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int from = random.nextInt(ACCOUNTS);
        answers.add(
            node.submit(
                Bank.transfer("a" + from, "a" + random.nextInt(ACCOUNTS), random.nextInt(100))
                    .toBuilder()
                    .setTimes(1 + random.nextInt(3))
                    .build(),
                Account.class));
        RemindRequest remind =
            RemindRequest.newBuilder()
                .setAccount("a" + from)
                .addSet(
                    RemindRequest.Timer.newBuilder()
                        .setName("t" + timers++)
                        .setAfterUs(random.nextInt(20_000)))
                .build();
        answers.add(node.submit(remind, RemindResponse.class));
      }
      answers.forEach(answer -> answer.handle((reply, failure) -> failure).join());
      node.close();
      files.powerOff();
      files.restart(FaultyFiles.Tear.RANDOM);
    }
    try (Node node = open(files)) {
      Bank.await("all timers", () -> Bank.metric(node, "thalweg.timers") == 0);
      Bank.awaitMessages(node);
      long sent = 0;
      long received = 0;
      long noted = 0;
      List<String> ticks = new ArrayList<>();
      for (int i = 0; i < ACCOUNTS; i++) {
        Account account = Bank.get(node, "a" + i);
        sent += account.getSent();
        received += account.getReceived();
        ticks.addAll(account.getTicksList());
        noted +=
            node.call(GetStatementRequest.newBuilder().setAccount("a" + i).build(), Statement.class)
                .getCredits();
        assertThat(account.getEarly()).isZero();
      }
      assertThat(sent).as("seed %d", seed).isPositive();
      assertThat(received).as("credits received, seed %d", seed).isEqualTo(sent);
      assertThat(noted).as("events heard of, seed %d", seed).isEqualTo(sent);
      assertThat(Bank.total(node)).as("seed %d", seed).isZero();
      assertThat(ticks).as("seed %d", seed).isNotEmpty().doesNotHaveDuplicates();
      assertThat(node.status().reasons()).isEmpty();
    }
    Bank.verify(data, scratch, log(files));
  }
}
