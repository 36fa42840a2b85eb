package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.GetStatementRequest;
import io.thalweg.runtime.test.Statement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is transferred at the same time, and however often the node restarts, no cent is lost.
 */
class TransfersPropertyTest {
  private static final int ACCOUNTS = 40;
  private static final int OPENING_BALANCE = 1000;

  @TempDir Path data;
  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theTotalOfAllAccountsIsConserved(long seed) throws Exception {
    Random random = new Random(seed);
    NodeOptions options = NodeOptions.defaults().withPartitions(1 + random.nextInt(5));
    for (int life = 0; life < 4; life++) {
      try (Node node = open(options)) {
        if (life == 0) {
          for (int i = 0; i < ACCOUNTS; i++) {
            node.call(Bank.open("a" + i, OPENING_BALANCE), Account.class);
          }
        }
        transfers(node, random.nextLong());
      }
      if (random.nextInt(3) == 0) {
        LogFailureTest.deleteTree(data.resolve("state"));
      }
    }
    try (Node node = open(options)) {
      Bank.awaitMessages(node);
      assertThat(Bank.total(node)).as("seed %d", seed).isEqualTo(ACCOUNTS * OPENING_BALANCE);
      for (int i = 0; i < ACCOUNTS; i++) {
        Statement statement =
            node.call(
                GetStatementRequest.newBuilder().setAccount("a" + i).build(), Statement.class);
        assertThat(statement.getCredits())
            .as("seed %d", seed)
            .isEqualTo(Bank.get(node, "a" + i).getReceived());
      }
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  private Node open(NodeOptions options) {
    return Thalweg.at(data).service(Accounts.TYPE).service(Statements.TYPE).options(options).open();
  }

  // Three clients at once; the node is closed while their messages are still on their way.
  private static void transfers(Node node, long seed) throws InterruptedException {
    List<Thread> clients = new ArrayList<>();
    for (int client = 0; client < 3; client++) {
      Random random = new Random(seed + client);
      clients.add(
          Thread.ofPlatform()
              .start(() -> {
                FewAtOnce<Account> replies = new FewAtOnce<>();
                for (int i = 0; i < 300; i++) {
                  replies.add(
                      node.submit(
                          Bank.transfer(
                              "a" + random.nextInt(ACCOUNTS),
                              "a" + random.nextInt(ACCOUNTS),
                              random.nextInt(50)),
                          Account.class));
                }
                replies.join();
              }));
    }
    for (Thread client : clients) {
      client.join();
    }
  }
}
