package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.host.Host;
import io.thalweg.kafka.KafkaMoveTarget;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.KafkaStorage;
import io.thalweg.kafka.SharedBroker;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.FireRequest;
import io.thalweg.runtime.test.Fired;
import io.thalweg.runtime.test.ForgetSubjectRequest;
import io.thalweg.runtime.test.GetHookRequest;
import io.thalweg.runtime.test.GetNameRequest;
import io.thalweg.runtime.test.Hook;
import io.thalweg.runtime.test.ProfileName;
import io.thalweg.runtime.test.RemindRequest;
import io.thalweg.runtime.test.RemindResponse;
import io.thalweg.runtime.test.SetNameRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a move brings beside rows that are small and in the clear. */
class MoveCarriesTest {
  private static final List<ServiceType> SERVICES =
      List.of(Accounts.TYPE, Hooks.TYPE, Profiles.TYPE);
  private static final EffectRetryPolicy QUICK = new EffectRetryPolicy(1, 1_000, 0, 1_000_000);
  private static final int FROM = 2;
  private static final int TO = 3;
  private static final List<String> EACH = List.of("0", "1", "2", "3", "4", "5");

  @TempDir Path data;

  @BeforeEach
  void reset() {
    Hooks.HANDLED.set(0);
    Hooks.MENDED.set(false);
  }

  private static Node open(Thalweg thalweg, Outside outside, int partitions) {
    SERVICES.forEach(thalweg::service);
    return thalweg
        .options(NodeOptions.defaults().withPartitions(partitions))
        .effects(outside, QUICK, Duration.ofDays(1))
        .open();
  }

  private Path source() {
    return data.resolve("source");
  }

  private Node embedded(Outside outside) {
    return open(Thalweg.at(source()), outside, FROM);
  }

  private Node member(String cluster, String name, Outside outside) {
    return open(
        Thalweg.on(KafkaStorage.open(data.resolve(name), options(cluster), Leadership.ALWAYS)),
        outside,
        TO);
  }

  private static KafkaOptions options(String cluster) {
    return SharedBroker.cluster(MoveCarriesTest.class, cluster);
  }

  private void move(String cluster) {
    try (DataMove move = new DataMove(source(), SERVICES, Host.machine(), (done, of, what) -> {});
        KafkaMoveTarget target = KafkaMoveTarget.connect(options(cluster), Host.machine())) {
      assertThat(move.run(target, TO)).hasSize(SERVICES.size());
    }
  }

  // ---------------------------------------------------------------- pending effects

  private static String fire(Node node, String key) {
    return node.call(FireRequest.newBuilder().setKey(key).build(), Hook.class).getIds(0);
  }

  private static Hook hook(Node node, String key) {
    return node.call(GetHookRequest.newBuilder().setKey(key).build(), Hook.class);
  }

  @Test
  void callsThatWerePendingAreMadeUnderTheirIdsAndThoseThatWereOverAreNot() {
    Map<String, String> ids = new HashMap<>();
    Outside away =
        new Outside(attempt ->
            attempt.request().body().toStringUtf8().startsWith("over") ? Outside.OK : Outside.AWAY);
    try (Node node = embedded(away)) {
      for (String each : EACH) {
        fire(node, "over" + each);
        ids.put("pending" + each, fire(node, "pending" + each));
      }
      for (String each : EACH) {
        Bank.await("a result", () -> hook(node, "over" + each).getHeardCount() == 1);
      }
    }
    move("effects");
    Outside there = Outside.always(Outside.OK);
    try (Node node = member("effects", "first", there)) {
      ids.forEach((key, id) -> {
        Bank.await("the result of " + key, () -> hook(node, key).getHeardCount() == 1);
        assertThat(hook(node, key).getHeard(0).getId()).isEqualTo(id);
      });
      assertThat(there.ids()).containsExactlyInAnyOrderElementsOf(ids.values());
      Bank.await("nothing pending", () -> Bank.metric(node, "thalweg.effects.pending") == 0);
    }
    Outside again = Outside.always(Outside.OK);
    try (Node node = member("effects", "second", again)) {
      ids.keySet().forEach(key -> assertThat(hook(node, key).getHeardCount()).isEqualTo(1));
      fire(node, "new");
      Bank.await("the new one", () -> hook(node, "new").getHeardCount() == 1);
      assertThat(again.calls()).hasSize(1);
    }
  }

  // ---------------------------------------------------------------- dead letters

  private static List<DeadLetter> letters(Node node, String service) {
    return node.deadLetters(service, 100, "").letters();
  }

  private static List<String> told(Node node, String service) {
    return letters(node, service).stream()
        .map(letter ->
            "%s %s %s %s %d"
                .formatted(
                    letter.source(),
                    letter.request(),
                    letter.code(),
                    letter.reason(),
                    letter.timeUs()))
        .sorted()
        .toList();
  }

  @Test
  void deadLettersSayTheSameAndCanBeRetriedOrDropped() {
    Map<String, List<String>> before = new HashMap<>();
    try (Node node = embedded(Outside.always(Outside.OK))) {
      node.call(Bank.open("payer", 100), Account.class);
      for (String each : EACH) {
        node.call(Bank.closed("closed" + each), Account.class);
        node.call(Bank.transfer("payer", "closed" + each, 7), Account.class);
        node.call(
            FireRequest.newBuilder().setKey("unwanted" + each).setRefuses(true).build(),
            Hook.class);
      }
      node.call(
          RemindRequest.newBuilder()
              .setAccount("closed0")
              .addSet(RemindRequest.Timer.newBuilder().setName("tick"))
              .build(),
          RemindResponse.class);
      Bank.await("letters", () -> letters(node, "accounts").size() == EACH.size() + 1);
      Bank.await("letters", () -> letters(node, "hooks").size() == EACH.size());
      node.dropDeadLetter("hooks", letters(node, "hooks").getFirst().id());
      for (String service : List.of("accounts", "hooks")) {
        before.put(service, told(node, service));
      }
    }
    move("letters");
    Outside there = Outside.always(Outside.OK);
    try (Node node = member("letters", "first", there)) {
      before.forEach((service, told) -> assertThat(told(node, service)).isEqualTo(told));
      for (String each : EACH) {
        node.call(Bank.open("closed" + each, 0), Account.class);
      }
      Hooks.MENDED.set(true);
      for (String service : List.of("accounts", "hooks")) {
        for (DeadLetter letter : letters(node, service)) {
          node.retryDeadLetter(service, letter.id());
        }
        assertThat(letters(node, service)).isEmpty();
      }
      // What comes after them arrives too: the numbers of their lanes began anew.
      node.call(Bank.transfer("payer", "closed0", 1), Account.class);
      Bank.await("a new message", () -> Bank.get(node, "closed0").getBalance() == 8);
      assertThat(Bank.total(node)).isEqualTo(100);
    }
    assertThat(there.calls()).as("calls that had their answers").isEmpty();
    try (Node node = member("letters", "second", there)) {
      assertThat(Bank.get(node, "closed0").getTicksList()).containsExactly("tick");
      for (String each : EACH.subList(1, EACH.size())) {
        assertThat(Bank.get(node, "closed" + each).getBalance()).isEqualTo(7);
      }
      assertThat(EACH.stream().filter(each -> hook(node, "unwanted" + each).getHeardCount() == 1))
          .hasSize(EACH.size() - 1);
      assertThat(letters(node, "hooks")).isEmpty();
    }
  }

  // ---------------------------------------------------------------- forgotten keys

  private static void set(Node node, String profile, String subject, String name) {
    node.call(
        SetNameRequest.newBuilder().setProfile(profile).setSubject(subject).setName(name).build(),
        ProfileName.class);
  }

  private static void forget(Node node, String profile, String subject) {
    node.call(
        ForgetSubjectRequest.newBuilder().setProfile(profile).setSubject(subject).build(),
        ProfileName.class);
  }

  private static List<String> names(Node node) {
    List<String> names = new ArrayList<>();
    for (String each : EACH) {
      ProfileName name =
          node.call(GetNameRequest.newBuilder().setProfile("p" + each).build(), ProfileName.class);
      names.add(name.hasName() ? name.getName() : "forgotten");
    }
    return names;
  }

  @Test
  void whatWasForgottenStaysSoEvenIfAnOlderCopyOfTheKeysIsBrought() throws Exception {
    Path copy = data.resolve("copy");
    try (Node node = embedded(Outside.silent())) {
      for (String each : EACH) {
        set(node, "p" + each, "s" + each, "N" + each);
      }
    }
    copy(source().resolve("keys"), copy);
    try (Node node = embedded(Outside.silent())) {
      forget(node, "p1", "s1");
      forget(node, "p3", "s3");
    }
    DirectoryStorage.deleteTree(source().resolve("keys"));
    copy(copy, source().resolve("keys"));
    move("sealed");
    try (Node node = member("sealed", "first", Outside.silent())) {
      assertThat(names(node)).containsExactly("N0", "forgotten", "N2", "forgotten", "N4", "N5");
      set(node, "p3", "s3", "again");
      forget(node, "p5", "s5");
    }
    try (Node node = member("sealed", "second", Outside.silent())) {
      assertThat(names(node)).containsExactly("N0", "forgotten", "N2", "again", "N4", "forgotten");
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
  }

  // ---------------------------------------------------------------- large rows

  @Test
  void rowsThatAreLargerThanARecordOfTheMoveAreWholeThere() throws Exception {
    List<Integer> sizes = List.of(1 << 18, (1 << 19) - 40, 1 << 19, (1 << 19) + 1, 700_000);
    try (Node node = embedded(Outside.always(Outside.OK))) {
      fire(node, "small");
    }
    for (int size : sizes) {
      appendRow("row" + size, size, 1);
    }
    // As large as a row may be, of two events.
    appendRow("two", 520_000, 2);
    move("large");
    for (String name : List.of("first", "second")) {
      try (Node node = member("large", name, Outside.silent())) {
        for (int size : sizes) {
          assertThat(hook(node, "row" + size).getIdsList()).containsExactly(text(size));
        }
        assertThat(hook(node, "two").getIdsList()).containsExactly(text(520_000), text(520_000));
        assertThat(hook(node, "small").getIdsCount()).isEqualTo(1);
      }
    }
  }

  private void appendRow(String key, int bytes, int times) throws Exception {
    int slot = Slots.slotOf(key);
    for (int i = 0; i < times; i++) {
      ClosedLog.append(
          source(),
          new PartitionId("hooks", Slots.partitionOf(slot, FROM)),
          slot,
          1,
          Fired.newBuilder().setKey(key).addIds(text(bytes)).build());
    }
  }

  /** No two places of it look the same. */
  private static String text(int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < bytes; i++) {
      text.append(i).append(' ');
    }
    return text.substring(0, bytes);
  }
}
