package io.thalweg.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.runtime.DataDirectoryException;
import io.thalweg.runtime.keys.KeyName;
import io.thalweg.runtime.keys.KeyRing;
import io.thalweg.runtime.keys.KeysBehindException;
import io.thalweg.runtime.keys.OpenKeys;
import io.thalweg.runtime.keys.Subject;
import io.thalweg.runtime.keys.SubjectKey;
import io.thalweg.state.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of subjects that nodes share, over a real broker. */
class TopicKeysTest {
  private static final Host HOST = Host.machine();
  private static final Subject ANA = Subject.of("test", 1, "ana");

  private static KafkaOptions options(String cluster) {
    return SharedBroker.cluster(TopicKeysTest.class, cluster);
  }

  private static TopicKeys open(String cluster) {
    return open(options(cluster));
  }

  private static TopicKeys open(KafkaOptions options) {
    try (KafkaTopics topics = KafkaTopics.connect(options, HOST)) {
      KafkaTopics.KeyTopic topic = topics.keys(TopicKeys.NAME);
      return TopicKeys.open(options, HOST, topic.topicId(), topic.segmentMs());
    }
  }

  private static Sealed seal(KeyRing ring, String value) {
    OpenKeys batch = new OpenKeys(ring);
    Sealed sealed = batch.seal(ANA, ByteString.copyFromUtf8(value));
    batch.close();
    return sealed;
  }

  private static void forget(KeyRing ring) {
    OpenKeys batch = new OpenKeys(ring);
    batch.forget(batch.namesOf(ANA));
    batch.close();
  }

  private static @Nullable String read(KeyRing ring, Sealed sealed) {
    return ring.unseal("test", 1, sealed).map(ByteString::toStringUtf8).orElse(null);
  }

  @Test
  void whatOneNodeSealsAnotherReadsAtOnceAndForgettingIsFeltByBoth() {
    try (TopicKeys one = open("both");
        TopicKeys two = open("both")) {
      KeyRing here = new KeyRing(one, HOST);
      KeyRing there = new KeyRing(two, HOST);
      Sealed first = seal(here, "Ana");
      assertThat(read(there, first)).isEqualTo("Ana");
      assertThat(two.count()).isEqualTo(1);
      // It seals with the same key.
      Sealed second = seal(there, "Ana Maria");
      assertThat(second.getKeyId()).isEqualTo(first.getKeyId());
      assertThat(read(here, second)).isEqualTo("Ana Maria");

      forget(there);
      assertThat(read(there, first)).isNull();
      await(() -> read(here, first) == null);
      assertThat(read(here, second)).isNull();

      // What is sealed afterwards has a new key, whoever seals it, and is never lost.
      Sealed third = seal(here, "Ana again");
      assertThat(read(there, third)).isEqualTo("Ana again");
      assertThat(read(here, first)).isNull();
    }
    try (TopicKeys later = open("both")) {
      assertThat(later.count()).isEqualTo(1);
    }
  }

  @Test
  void aValueIsNeverSealedWithAKeyThatAnotherNodeHasDestroyed() {
    try (TopicKeys one = open("late");
        TopicKeys two = open("late")) {
      KeyRing here = new KeyRing(one, HOST);
      KeyRing there = new KeyRing(two, HOST);
      seal(here, "Ana");
      for (int i = 0; i < 20; i++) {
        // Sealed before the other one forgets, and not written yet.
        OpenKeys batch = new OpenKeys(there);
        two.catchUp();
        Sealed sealed = batch.seal(ANA, ByteString.copyFromUtf8("new"));
        forget(here);
        assertThatThrownBy(batch::close)
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("forgotten by another node");
        // Sealed right after it was forgotten, when the other one may not have heard of it.
        sealed = seal(there, "newer");
        assertThat(read(here, sealed)).isEqualTo("newer");
        assertThat(read(there, sealed)).isEqualTo("newer");
      }
    }
  }

  @Test
  void twoNodesThatMakeAKeyForOneSubjectAtOnceKeepBothAndForgetBoth() {
    try (TopicKeys one = open("two");
        TopicKeys two = open("two")) {
      KeyRing here = new KeyRing(one, HOST);
      KeyRing there = new KeyRing(two, HOST);
      OpenKeys mine = new OpenKeys(here);
      OpenKeys yours = new OpenKeys(there);
      Sealed first = mine.seal(ANA, ByteString.copyFromUtf8("a"));
      Sealed second = yours.seal(ANA, ByteString.copyFromUtf8("b"));
      mine.close();
      yours.close();
      assertThat(first.getKeyId()).isNotEqualTo(second.getKeyId());
      assertThat(read(there, first)).isEqualTo("a");
      assertThat(read(here, second)).isEqualTo("b");
      forget(here);
      assertThat(read(here, second)).isNull();
      await(() -> two.count() == 0);
      assertThat(read(there, first)).isNull();
    }
  }

  @Test
  void theBytesOfADestroyedKeyAreGoneFromTheBrokerWhenItHasCompacted() throws Exception {
    KafkaOptions options = options("gone");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", options.bootstrapServers()))) {
      Map<String, String> settings = new java.util.HashMap<>(TopicRequirements.keySettings(true));
      settings.put("segment.ms", "2000");
      settings.put("file.delete.delay.ms", "100");
      admin
          .createTopics(
              List.of(new NewTopic(options.topic(TopicKeys.NAME), 1, (short) 1).configs(settings)))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
    try (TopicKeys keys = open("gone")) {
      KeyRing ring = new KeyRing(keys, HOST);
      seal(ring, "Ana");
      SubjectKey key = keys.of(ANA.hash()).getFirst();
      assertThat(isOnDisk(key.secret())).isTrue();
      forget(ring);
      // Nobody writes any more: a record that says nothing ends the segment.
      await(() -> !isOnDisk(key.secret()));
      assertThat(keys.count()).isZero();
    }
  }

  private static boolean isOnDisk(ByteString secret) {
    String wanted = new String(secret.toByteArray(), StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.walk(SharedBroker.directory().resolve("kafka"))) {
      return files
          .filter(file -> file.toString().contains("subject-keys"))
          .filter(Files::isRegularFile)
          .anyMatch(file -> contains(file, wanted));
    } catch (IOException | java.io.UncheckedIOException e) {
      // A file went while they were listed.
      return true;
    }
  }

  private static boolean contains(Path file, String wanted) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(wanted);
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void whoHearsNothingOfOthersNeitherSealsNorReads(@TempDir Path own) throws Exception {
    TestBroker lost = TestBroker.start(own);
    try (TopicKeys keys = open(KafkaOptions.of(lost.bootstrap(), "deaf").forDevelopment())) {
      KeyRing ring = new KeyRing(keys, HOST);
      Sealed sealed = seal(ring, "Ana");
      lost.close();
      await(() -> {
        try {
          ring.unseal("test", 1, sealed);
          return false;
        } catch (KeysBehindException e) {
          return true;
        }
      });
      assertThatThrownBy(() -> seal(ring, "more")).isInstanceOf(KeysBehindException.class);
    } finally {
      lost.close();
    }
  }

  @Test
  void aTopicThatWasMadeAgainIsNotTakenForOneInWhichAllIsForgotten(@TempDir Path data)
      throws Exception {
    UUID topic = new UUID(1, 2);
    KeyTopicMemory.check(data, "main.subject-keys", topic);
    KeyTopicMemory.check(data, "main.subject-keys", topic);
    UUID other = new UUID(3, 4);
    assertThatThrownBy(() -> KeyTopicMemory.check(data, "main.subject-keys", other))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("is another one than it was")
        .hasMessageContaining("keys.given-up");
    Files.createFile(data.resolve("keys.given-up"));
    KeyTopicMemory.check(data, "main.subject-keys", other);
    assertThat(data.resolve("keys.given-up")).doesNotExist();
    KeyTopicMemory.check(data, "main.subject-keys", other);
  }

  @Test
  void aTopicThatDoesNotKeepKeysIsRefused() throws Exception {
    KafkaOptions options = options("wrong");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", options.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(options.topic(TopicKeys.NAME), 1, (short) 1)
                      .configs(Map.of("cleanup.policy", "delete"))))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
    assertThatThrownBy(() -> open("wrong"))
        .isInstanceOf(TopicException.class)
        .hasMessageContaining("cleanup.policy is delete and must be compact")
        .hasMessageContaining("max.compaction.lag.ms");
  }

  @Test
  void aTableHoldsSeveralKeysOfASubject() {
    KeyTable table = new KeyTable();
    KeyName a = new KeyName(ANA.hash(), ByteString.copyFrom(new byte[16]));
    byte[] id = new byte[16];
    id[0] = 1;
    KeyName b = new KeyName(ANA.hash(), ByteString.copyFrom(id));
    byte[] secret = new byte[32];
    table.put(a, secret);
    table.put(a, secret);
    secret[5] = 7;
    table.put(b, secret);
    assertThat(table.of(ANA.hash())).extracting(SubjectKey::name).containsExactly(a, b);
    table.remove(a);
    table.remove(a);
    assertThat(table.of(ANA.hash())).extracting(SubjectKey::name).containsExactly(b);
    assertThat(table.of(ANA.hash()).getFirst().secret().byteAt(5)).isEqualTo((byte) 7);
    table.remove(b);
    assertThat(table.count()).isZero();
    assertThat(table.holds(b)).isFalse();
  }

  private static void await(BooleanSupplier condition) {
    Waiters waiters = new Waiters(HOST);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
