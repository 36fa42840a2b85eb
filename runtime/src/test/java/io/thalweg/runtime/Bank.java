package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.GetAccountRequest;
import io.thalweg.runtime.test.ListAccountsRequest;
import io.thalweg.runtime.test.ListAccountsResponse;
import io.thalweg.runtime.test.OpenRequest;
import io.thalweg.runtime.test.TransferRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What tests of messages do with a node of {@link Accounts}. */
final class Bank {
  private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(100);

  private Bank() {}

  static OpenRequest open(String account, long balance) {
    return OpenRequest.newBuilder().setAccount(account).setBalance(balance).build();
  }

  static OpenRequest closed(String account) {
    return OpenRequest.newBuilder().setAccount(account).setClosed(true).build();
  }

  static TransferRequest transfer(String from, String to, long amount) {
    return TransferRequest.newBuilder().setFrom(from).setTo(to).setAmount(amount).build();
  }

  static Account get(Node node, String account) {
    return node.call(GetAccountRequest.newBuilder().setAccount(account).build(), Account.class);
  }

  static long total(Node node) {
    return node
        .call(ListAccountsRequest.getDefaultInstance(), ListAccountsResponse.class)
        .getAccountsList()
        .stream()
        .mapToLong(Account::getBalance)
        .sum();
  }

  /** An account in a partition of so many. */
  static String inPartition(String prefix, int partition, int partitions) {
    for (int i = 0; ; i++) {
      if (Slots.partitionOf(Slots.slotOf(prefix + i), partitions) == partition) {
        return prefix + i;
      }
    }
  }

  /** Waits until {@code condition} holds; fails if it does not for 100 seconds. */
  static void await(String what, BooleanSupplier condition) {
    long beganNs = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - beganNs)
          .as("time to wait for: " + what)
          .isLessThan(PATIENCE_NS);
      // A node with work to do needs the processor more.
      LockSupport.parkNanos(POLL_NS);
    }
  }

  /** The sum of a metric over all partitions. */
  static double metric(Node node, String name) {
    double sum = 0;
    for (var meter : node.meters().find(name).meters()) {
      for (var measurement : meter.measure()) {
        sum += measurement.getValue();
      }
    }
    return sum;
  }

  /** Waits until every message was handled, also those that were sent by the handlers of others. */
  static void awaitMessages(Node node) {
    // Partitions are asked one after the other, and a message makes another one at most.
    for (int i = 0; i < 2; i++) {
      await("empty outboxes", () -> metric(node, "thalweg.outbox.messages") == 0);
    }
  }

  /** Checks that the stored tables are what the log says. */
  static void verify(Path data, Path scratch, SegmentLogOptions options) throws Exception {
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), options)) {
      List<TableVerifier.Result> results =
          TableVerifier.verify(
              directory,
              log,
              List.of(Accounts.TYPE, Statements.TYPE),
              Files.createTempDirectory(scratch, "rebuilt"),
              step -> {});
      assertThat(results).allMatch(TableVerifier.Result::isEqual);
    }
  }
}
