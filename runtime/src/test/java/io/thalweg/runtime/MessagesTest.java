package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.CreditRequest;
import io.thalweg.runtime.test.GetStatementRequest;
import io.thalweg.runtime.test.Statement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages between partitions: each exactly once and in order, whatever its handler does. */
class MessagesTest {
  private static final int PARTITIONS = 4;
  private static final String FROM = Bank.inPartition("from", 0, PARTITIONS);
  private static final String TO = Bank.inPartition("to", 1, PARTITIONS);

  @TempDir Path data;
  @TempDir Path scratch;

  @BeforeEach
  void reset() {
    Accounts.GATE.drainPermits();
    Accounts.ATTEMPTS.set(0);
  }

  @AfterEach
  void letGo() {
    Accounts.GATE.release(1_000_000);
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Accounts.TYPE)
        .service(Statements.TYPE)
        .options(NodeOptions.defaults().withPartitions(PARTITIONS))
        .open();
  }

  @Test
  void aMessageIsHandledByTheServiceThatItIsFor() {
    try (Node node = open()) {
      node.call(Bank.open(FROM, 100), Account.class);
      node.call(Bank.transfer(FROM, TO, 30), Account.class);
      Bank.await("the credit", () -> Bank.get(node, TO).getBalance() == 30);
      assertThat(Bank.get(node, FROM).getBalance()).isEqualTo(70);
      Bank.awaitMessages(node);
      assertThat(Bank.metric(node, "thalweg.messages.duplicates")).isZero();
    }
  }

  @Test
  void messagesToTheSamePartitionAndToOneselfAreHandledToo() {
    try (Node node = open()) {
      node.call(Bank.transfer(FROM, FROM, 30), Account.class);
      Bank.await("the credit", () -> Bank.get(node, FROM).getReceived() == 1);
      assertThat(Bank.get(node, FROM).getBalance()).isZero();
    }
  }

  @Test
  void messagesArriveInTheOrderInWhichTheyWereSent() throws Exception {
    try (Node node = open()) {
      for (int i = 0; i < 20; i++) {
        node.call(Bank.transfer(FROM, TO, 1).toBuilder().setTimes(100).build(), Account.class);
      }
      Bank.await("all credits", () -> Bank.get(node, TO).getReceived() == 2000);
      assertThat(Bank.get(node, TO).getOutOfOrder()).isZero();
      assertThat(Bank.get(node, TO).getLastNumber()).isEqualTo(2000);
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void aClientCannotCallAnInternalMethod() {
    try (Node node = open()) {
      assertThatThrownBy(() ->
              node.call(CreditRequest.newBuilder().setTo(TO).setAmount(1).build(), Account.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.UNIMPLEMENTED))
          .hasMessageContaining("is internal");
      assertThat(node.methods()).filteredOn(MethodType::internal).hasSize(2);
    }
  }

  @Test
  void aMessageOutOfItsBoundsIsRefusedWhenItIsSentAndNothingIsChanged() {
    try (Node node = open()) {
      assertThatThrownBy(() -> node.call(Bank.transfer(FROM, "", 1), Account.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.INVALID_ARGUMENT))
          .hasMessageContaining("to ");
      assertThatThrownBy(() ->
              node.call(
                  Bank.transfer(FROM, TO, 1).toBuilder().setTimes(1025).build(), Account.class))
          .hasMessageContaining("more than 1024 messages");
      assertThat(Bank.get(node, FROM).getSent()).isZero();
      assertThat(Bank.metric(node, "thalweg.messages.sent")).isZero();
    }
  }

  @Test
  void aRefusedMessageIsADeadLetterAndThoseBehindItGoOn() {
    try (Node node = open()) {
      String closed = Bank.inPartition("closed", 1, PARTITIONS);
      node.call(Bank.closed(closed), Account.class);
      node.call(Bank.transfer(FROM, closed, 5), Account.class);
      node.call(Bank.transfer(FROM, TO, 7), Account.class);
      Bank.await("the credit", () -> Bank.get(node, TO).getBalance() == 7);
      DeadLetters page = node.deadLetters("accounts", 10, "");
      assertThat(page.nextPageToken()).isEmpty();
      assertThat(page.letters()).hasSize(1);
      DeadLetter letter = page.letters().getFirst();
      assertThat(letter.id()).startsWith("1-");
      assertThat(letter.source()).isEqualTo("accounts/0#1");
      assertThat(letter.code()).isEqualTo(Code.FAILED_PRECONDITION);
      assertThat(letter.reason()).isEqualTo("the account is closed");
      assertThat(((CreditRequest) letter.request()).getAmount()).isEqualTo(5);
      assertThat(Accounts.ATTEMPTS).hasValue(1);
      assertThat(Bank.get(node, closed).getReceived()).isZero();
    }
  }

  @Test
  void aDeadLetterCanBeRetriedWhenTheReasonIsGone() throws Exception {
    try (Node node = open()) {
      node.call(Bank.closed(TO), Account.class);
      node.call(Bank.transfer(FROM, TO, 5), Account.class);
      Bank.await("the dead letter", () -> !node.deadLetters("accounts", 1, "").letters().isEmpty());
    }
    try (Node node = open()) {
      String id = node.deadLetters("accounts", 1, "").letters().getFirst().id();
      assertThatThrownBy(() -> node.retryDeadLetter("accounts", id))
          .isInstanceOf(Failure.class)
          .hasMessage("the account is closed");
      assertThat(node.deadLetters("accounts", 1, "").letters()).hasSize(1);
      node.call(Bank.open(TO, 0), Account.class);
      node.retryDeadLetter("accounts", id);
      assertThat(Bank.get(node, TO).getBalance()).isEqualTo(5);
      assertThat(node.deadLetters("accounts", 1, "").letters()).isEmpty();
      assertThatThrownBy(() -> node.retryDeadLetter("accounts", id))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.NOT_FOUND));
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void aDroppedDeadLetterIsGoneAndWasNeverExecuted() {
    try (Node node = open()) {
      node.call(Bank.closed(TO), Account.class);
      node.call(Bank.transfer(FROM, TO, 5), Account.class);
      Bank.await("the dead letter", () -> !node.deadLetters("accounts", 1, "").letters().isEmpty());
      String id = node.deadLetters("accounts", 1, "").letters().getFirst().id();
      node.dropDeadLetter("accounts", id);
      assertThat(node.deadLetters("accounts", 1, "").letters()).isEmpty();
      assertThat(Bank.get(node, TO).getReceived()).isZero();
    }
  }

  @Test
  void deadLettersAreListedInPagesOverAllPartitions() {
    try (Node node = open()) {
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String account = "closed" + i;
        node.call(Bank.closed(account), Account.class);
        node.call(Bank.transfer(FROM, account, i), Account.class);
        expected.add(account);
      }
      Bank.await("the dead letters", () -> Bank.metric(node, "thalweg.deadletters.added") == 12);
      List<String> listed = new ArrayList<>();
      String token = "";
      do {
        DeadLetters page = node.deadLetters("accounts", 5, token);
        page.letters().forEach(l -> listed.add(((CreditRequest) l.request()).getTo()));
        token = page.nextPageToken();
      } while (!token.isEmpty());
      assertThat(listed).containsExactlyInAnyOrderElementsOf(expected);
      assertThatThrownBy(() -> node.deadLetters("nobody", 5, "")).hasMessageContaining("nobody");
      assertThatThrownBy(() -> node.deadLetters("accounts", 0, ""))
          .hasMessageContaining("page_size must be from 1 to 1000");
      assertThatThrownBy(() -> node.dropDeadLetter("accounts", "x"))
          .hasMessageContaining("id must be as in a list");
    }
  }

  @Test
  void aMessageWhoseHandlerThrowsIsADeadLetterAtTheEighthAttempt() {
    try (Node node = open()) {
      String poison = Bank.inPartition("poison", 1, PARTITIONS);
      node.call(Bank.closed(poison), Account.class);
      node.call(Bank.transfer(FROM, TO, 1), Account.class);
      node.call(Bank.transfer(FROM, poison, 5), Account.class);
      node.call(Bank.transfer(FROM, TO, 2), Account.class);
      Bank.await("the last credit", () -> Bank.get(node, TO).getBalance() == 3);
      assertThat(Accounts.ATTEMPTS).hasValue(8);
      DeadLetter letter = node.deadLetters("accounts", 10, "").letters().getFirst();
      assertThat(letter.code()).isEqualTo(Code.INTERNAL);
      assertThat(letter.reason()).doesNotContain("secret");
      assertThat(Bank.get(node, TO).getOutOfOrder()).isZero();
    }
  }

  @Test
  void aMessageThatIsRefusedAsToBeTriedAgainIsUntilItSucceeds() {
    try (Node node = open()) {
      String later = Bank.inPartition("later", 1, PARTITIONS);
      node.call(Bank.closed(later), Account.class);
      node.call(Bank.transfer(FROM, later, 5), Account.class);
      Bank.await("more attempts than a poison has", () -> Accounts.ATTEMPTS.get() > 8);
      node.call(Bank.open(later, 0), Account.class);
      Bank.await("the credit", () -> Bank.get(node, later).getBalance() == 5);
      assertThat(node.deadLetters("accounts", 10, "").letters()).isEmpty();
    }
  }

  @Test
  void aFullOutboxRefusesAndLosesNothing() {
    List<String> gates = new ArrayList<>();
    for (int partition = 1; partition < PARTITIONS; partition++) {
      gates.add(Bank.inPartition("gate", partition, PARTITIONS));
    }
    try (Node node = open()) {
      List<CompletableFuture<Account>> sent = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String gate = gates.get(i % gates.size());
        sent.add(
            node.submit(
                Bank.transfer(FROM, gate, 1).toBuilder().setTimes(1000).build(), Account.class));
      }
      sent.forEach(CompletableFuture::join);
      Bank.await(
          "a full outbox",
          () -> Bank.metric(node, "thalweg.outbox.messages") == Outbox.MAX_MESSAGES);
      assertThatThrownBy(() -> node.call(Bank.transfer(FROM, TO, 1), Account.class))
          .isInstanceOfSatisfying(
              Failure.class,
              f -> {
                assertThat(f.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
                assertThat(f.isRetryable()).isTrue();
              });
      Accounts.GATE.release(1_000_000);
      Bank.await(
          "all credits",
          () ->
              gates.stream().mapToLong(gate -> Bank.get(node, gate).getReceived()).sum()
                  == Outbox.MAX_MESSAGES);
      for (String gate : gates) {
        assertThat(Bank.get(node, gate).getOutOfOrder()).isZero();
      }
      assertThat(Bank.get(node, FROM).getBalance()).isEqualTo(-Outbox.MAX_MESSAGES);
      Bank.awaitMessages(node);
      node.call(Bank.transfer(FROM, TO, 1), Account.class);
    }
  }

  @Test
  void whatMessagesSendFitsIntoAFullOutboxSoThatItRunsEmpty() {
    String later = Bank.inPartition("later", 0, PARTITIONS);
    String echo = Bank.inPartition("echo", 0, PARTITIONS);
    try (Node node = open()) {
      node.call(Bank.closed(later), Account.class);
      node.call(Bank.transfer(FROM, later, 1), Account.class);
      int left = Outbox.MAX_MESSAGES - 1;
      List<CompletableFuture<Account>> sent = new ArrayList<>();
      for (int times = 0; left > 0; left -= times) {
        times = Math.min(1000, left);
        sent.add(
            node.submit(
                Bank.transfer(FROM, echo, 1).toBuilder().setTimes(times).build(), Account.class));
      }
      sent.forEach(CompletableFuture::join);
      Bank.await(
          "a full outbox",
          () -> Bank.metric(node, "thalweg.outbox.messages") == Outbox.MAX_MESSAGES);
      node.call(Bank.open(later, 0), Account.class);
      Bank.await("some echoes", () -> Bank.get(node, echo).getReceived() > 1000);
    }
  }

  @Test
  void anEventIsNotThereWithoutItsMessageToASubscriberThoughItsHandlerHidesTheFailure() {
    String stubborn = Bank.inPartition("stubborn", 1, PARTITIONS);
    try (Node node = open()) {
      node.call(Bank.transfer(FROM, stubborn, 1), Account.class);
      Bank.await("the dead letter", () -> Bank.metric(node, "thalweg.deadletters") == 1);
      assertThat(Accounts.ATTEMPTS).hasPositiveValue();
      assertThat(Bank.get(node, stubborn).getReceived()).isZero();
      assertThat(node.deadLetters("accounts", 10, "").letters().getFirst().reason())
          .contains("more than 1024 messages");
    }
  }

  @Test
  void atTheBoundOfDeadLettersMessagesWaitAndNothingIsDropped() {
    try (Node node = open()) {
      String closed = Bank.inPartition("closed", 1, PARTITIONS);
      node.call(Bank.closed(closed), Account.class);
      for (int i = 0; i < 11; i++) {
        node.call(Bank.transfer(FROM, closed, 1).toBuilder().setTimes(1000).build(), Account.class);
      }
      int max = DeadLetterTable.MAX_LETTERS;
      Bank.await("all that may be", () -> Bank.metric(node, "thalweg.deadletters") == max);
      Bank.await("one more", () -> Bank.metric(node, "thalweg.deadletters.full") > 0);
      Bank.await("the rest", () -> Bank.metric(node, "thalweg.outbox.messages") == 1000);
      for (DeadLetter letter : node.deadLetters("accounts", 10, "").letters()) {
        node.dropDeadLetter("accounts", letter.id());
      }
      Bank.await("ten more", () -> Bank.metric(node, "thalweg.deadletters.added") == max + 10);
      assertThat(Bank.metric(node, "thalweg.deadletters")).isEqualTo(max);
      assertThat(Bank.metric(node, "thalweg.outbox.messages")).isGreaterThanOrEqualTo(990);
    }
  }

  @Test
  void aMessageThatWasReceivedButNotAcknowledgedIsNotHandledAgain() throws Exception {
    open().close();
    ClosedLog.append(data, new PartitionId("accounts", 0), Slots.slotOf(FROM), credit(1));
    ClosedLog.append(data, new PartitionId("accounts", 1), Slots.slotOf(TO), receipt(1));
    try (Node node = open()) {
      Bank.awaitMessages(node);
      assertThat(Bank.metric(node, "thalweg.messages.duplicates")).isEqualTo(1);
      assertThat(Bank.get(node, TO).getReceived()).isZero();
      node.call(Bank.transfer(FROM, TO, 3), Account.class);
      Bank.await("the next one", () -> Bank.get(node, TO).getBalance() == 3);
    }
  }

  @Test
  void moreThanAWindowThatWasReceivedAndNotAcknowledgedIsPassedOver() throws Exception {
    int sent = 3 * Courier.WINDOW;
    open().close();
    ClosedLog.append(
        data,
        new PartitionId("accounts", 0),
        Slots.slotOf(FROM),
        LongStream.rangeClosed(1, sent).mapToObj(MessagesTest::credit).toList());
    ClosedLog.append(
        data,
        new PartitionId("accounts", 1),
        Slots.slotOf(TO),
        LongStream.rangeClosed(1, sent).mapToObj(MessagesTest::receipt).toList());
    try (Node node = open()) {
      Bank.awaitMessages(node);
      node.call(Bank.transfer(FROM, TO, 3), Account.class);
      Bank.await("the next one", () -> Bank.get(node, TO).getBalance() == 3);
      assertThat(Bank.get(node, TO).getReceived()).isEqualTo(1);
      assertThat(node.status().reasons()).isEmpty();
    }
  }

  @Test
  void aGapStopsTheSourceAndTheNodeSaysSo() throws Exception {
    open().close();
    PartitionId source = new PartitionId("accounts", 0);
    ClosedLog.append(data, source, Slots.slotOf(FROM), credit(1));
    ClosedLog.append(
        data,
        source,
        Slots.slotOf(FROM),
        MessagesAcknowledged.newBuilder()
            .setTargetService("accounts")
            .setTargetPartition(1)
            .setUpToSequence(1)
            .build());
    ClosedLog.append(data, source, Slots.slotOf(FROM), credit(2));
    try (Node node = open()) {
      Bank.await("the stop", () -> Bank.metric(node, "thalweg.messages.stopped") == 1);
      assertThat(node.status().ready()).isTrue();
      assertThat(node.status().reasons().getFirst())
          .isEqualTo(
              "messages from accounts/0 to accounts/1 are stopped: it awaits message 1, kept are"
                  + " those from 2");
      assertThat(Bank.get(node, TO).getReceived()).isZero();
      String other = Bank.inPartition("other", 2, PARTITIONS);
      node.call(Bank.transfer(FROM, other, 3), Account.class);
      Bank.await("a credit to another", () -> Bank.get(node, other).getBalance() == 3);
    }
  }

  @Test
  void aTargetThatHasReceivedWhatWasNeverSentStopsTheSource() throws Exception {
    open().close();
    for (int i = 1; i <= 5; i++) {
      ClosedLog.append(data, new PartitionId("accounts", 1), Slots.slotOf(TO), receipt(i));
    }
    try (Node node = open()) {
      node.call(Bank.transfer(FROM, TO, 3), Account.class);
      Bank.await("the stop", () -> Bank.metric(node, "thalweg.messages.stopped") == 1);
      assertThat(node.status().reasons().getFirst())
          .contains("it has received message 5, the last that was sent is 1");
    }
  }

  @Test
  void aSubscriberHearsOfEachEventOnce() throws Exception {
    String secret = Bank.inPartition("secret", 1, PARTITIONS);
    try (Node node = open()) {
      for (int i = 0; i < 100; i++) {
        node.call(Bank.transfer(FROM, TO, i), Account.class);
        node.call(Bank.transfer(FROM, secret, 1), Account.class);
      }
      Bank.await("all statements", () -> statement(node, TO).getCredits() == 100);
      Bank.awaitMessages(node);
      assertThat(statement(node, TO).getAmount()).isEqualTo(4950);
      assertThat(statement(node, secret).getCredits()).isZero();
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  private static Statement statement(Node node, String account) {
    return node.call(GetStatementRequest.newBuilder().setAccount(account).build(), Statement.class);
  }

  private static MessageSent credit(long sequence) {
    CreditRequest credit = CreditRequest.newBuilder().setTo(TO).setAmount(1000).build();
    return MessageSent.newBuilder()
        .setTargetService("accounts")
        .setTargetPartition(1)
        .setSequence(sequence)
        .setTargetSlot(Slots.slotOf(TO))
        .setRequestType(CreditRequest.getDescriptor().getFullName())
        .setPayload(credit.toByteString())
        .build();
  }

  private static MessageReceived receipt(long sequence) {
    return MessageReceived.newBuilder()
        .setSourceService("accounts")
        .setSourcePartition(0)
        .setSequence(sequence)
        .build();
  }
}
