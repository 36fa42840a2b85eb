package io.thalweg.runtime;

import static io.thalweg.runtime.SealedTest.call;
import static io.thalweg.runtime.SealedTest.forget;
import static io.thalweg.runtime.SealedTest.nameOf;
import static io.thalweg.runtime.SealedTest.open;
import static io.thalweg.runtime.SealedTest.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.LogRestore;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupException;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupRun;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.KeyTags;
import io.thalweg.runtime.keys.DirectoryKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups hold the keys that there are, so what was forgotten is forgotten in all of them. */
class SealedBackupTest {
  @TempDir Path folder;

  private Path path(String name) {
    return folder.resolve(name);
  }

  private void restore(String to, @Nullable Long manifest, long toTimeUs) throws IOException {
    DataRestore.restore(path("backup"), manifest, toTimeUs, path(to), true, bytes -> {});
  }

  private void assertNames(String data, String ana, String ben) {
    try (Node node = open(path(data))) {
      assertThat(nameOf(node, "ana")).as("ana in %s", data).isEqualTo(ana);
      assertThat(nameOf(node, "ben")).as("ben in %s", data).isEqualTo(ben);
    }
  }

  @Test
  void whatIsForgottenIsForgottenInEveryRestoreAndTheOthersAreReadable() throws Exception {
    BackupManifest first;
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
      first = node.backup(path("backup"));
      restore("before", null, LogRestore.TO_THE_END);
      call(node, forget("s1"));
      call(node, set("cho", "s3", "Cho Lee"));
      node.backup(path("backup"));
    }
    assertNames("before", "Ana Ruiz", "Ben Oak");
    restore("newest", null, LogRestore.TO_THE_END);
    restore("first", first.number(), LogRestore.TO_THE_END);
    restore("then", null, first.cut().timeUs());
    assertNames("newest", "", "Ben Oak");
    assertNames("first", "", "Ben Oak");
    assertNames("then", "", "Ben Oak");
  }

  @Test
  void aRunAfterAForgetLeavesNothingOfTheKeyInTheBackup() throws Exception {
    byte[] secret;
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
    }
    try (DataDirectory directory = DataDirectory.lock(path("data"));
        DirectoryKeys keys = directory.openKeys()) {
      secret = SealedTest.secretOf(keys, "s1");
    }
    try (Node node = open(path("data"))) {
      node.backup(path("backup"));
      assertThat(backupHolds(secret)).isTrue();
      call(node, forget("s1"));
      node.backup(path("backup"));
      assertThat(backupHolds(secret)).isFalse();
    }
  }

  private boolean backupHolds(byte[] bytes) throws IOException {
    String wanted = new String(bytes, StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.walk(path("backup"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  /** A node, over which something happens while it is backed up. */
  private abstract static class Meddling implements BackupSource {
    private final BackupSource node;

    Meddling(Node node) {
      this.node = node.backupSource();
    }

    /** Called before anything is asked of the node. */
    abstract void before(String question) throws IOException;

    @Override
    public BackupCut cut() throws IOException {
      before("cut");
      return node.cut();
    }

    @Override
    public int read(BackupCut cut, long position, ByteBuffer into) throws IOException {
      before("read");
      return node.read(cut, position, into);
    }

    @Override
    public @Nullable KeyTags keyTags() throws IOException {
      before("keyTags");
      return node.keyTags();
    }

    @Override
    public byte[] keys(KeyTags of, int bucket) throws IOException {
      before("keys");
      return node.keys(of, bucket);
    }
  }

  @Test
  void keysThatTheLogBelowACutNeedsAreInTheBackupWheneverTheyWereMade() throws Exception {
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      int[] count = new int[1];
      Meddling source =
          new Meddling(node) {
            @Override
            void before(String question) {
              count[0]++;
              call(node, set("p" + count[0], "q" + count[0], "Name"));
            }
          };
      for (int i = 1; i <= 3; i++) {
        try (BackupRun run = BackupRun.open(path("backup"), source, DataRestore::checkBase)) {
          // What is acknowledged before the cut is asked for is below it.
          int before = count[0] + 1;
          run.run((at, of) -> {});
          restore("restored" + i, null, LogRestore.TO_THE_END);
          try (Node restored = open(path("restored" + i))) {
            for (int p = 1; p <= before; p++) {
              assertThat(nameOf(restored, "p" + p)).as("p%d of %d", p, before).isEqualTo("Name");
            }
          }
        }
      }
    }
  }

  @Test
  void aRunThatEndsAnywhereLeavesEveryBackupWithItsKeys() throws Exception {
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
      node.backup(path("backup"));
      boolean ended = false;
      for (int questions = 0; !ended; questions++) {
        if (questions < 8) {
          call(node, set("c" + questions, "d" + questions, "Cho Lee"));
        }
        int last = questions;
        int[] asked = new int[1];
        Meddling source =
            new Meddling(node) {
              @Override
              void before(String question) throws IOException {
                if (asked[0]++ == last) {
                  throw new IOException("the node is gone");
                }
              }
            };
        try (BackupRun run = BackupRun.open(path("backup"), source, DataRestore::checkBase)) {
          run.run((at, of) -> {});
          ended = true;
        } catch (IOException e) {
          assertThat(e).hasMessage("the node is gone");
        }
        restore("restored" + questions, null, LogRestore.TO_THE_END);
        assertNames("restored" + questions, "Ana Ruiz", "Ben Oak");
        assertThat(questions).as("a run asks so often").isLessThan(50);
      }
    }
  }

  @Test
  void aNodeThatGaveItsKeysUpDoesNotTakeThemFromItsBackup() throws Exception {
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
      node.backup(path("backup"));
    }
    LogFailureTest.deleteTree(path("data").resolve("keys"));
    Files.createFile(path("data").resolve("keys.given-up"));
    try (Node node = open(path("data"))) {
      assertThatThrownBy(() -> node.backup(path("backup")))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("and the node has none: keep the directory");
      call(node, set("ana", "s1", "Ana Ruiz"));
      assertThatThrownBy(() -> node.backup(path("backup")))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("and the node has others");
    }
    restore("restored", null, LogRestore.TO_THE_END);
    assertNames("restored", "Ana Ruiz", "Ben Oak");
  }

  @Test
  void aBackupWithoutItsKeysIsNotRestoredUnlessThatIsWanted() throws Exception {
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
      node.backup(path("backup"));
    }
    List<Path> buckets;
    try (Stream<Path> files = Files.list(path("backup").resolve("keys"))) {
      buckets = files.filter(file -> file.toString().endsWith(".keys")).toList();
    }
    Path bucket = buckets.getFirst();
    byte[] good = Files.readAllBytes(bucket);
    for (int at = 0; at < good.length; at += 5) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      Files.write(bucket, bad);
      assertRefused(bucket.getFileName() + " is damaged");
    }
    Files.delete(bucket);
    assertRefused("a file of keys is missing: " + bucket);
    LogFailureTest.deleteTree(path("backup").resolve("keys"));
    assertRefused("keys with the keys of what was sealed is missing");
    DataRestore.restore(
        path("backup"), null, LogRestore.TO_THE_END, path("without"), false, bytes -> {});
    assertNames("without", "", "");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> restore("refused", null, LogRestore.TO_THE_END))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining(message);
    assertThat(path("refused")).doesNotExist();
  }

  @Test
  void aNodeWhoseKeysAreMissingSaysSoAndDoesNotStartUntilTheyAreBackOrGivenUp() throws Exception {
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
    }
    Path keys = path("data").resolve("keys");
    Files.move(keys, path("away"));
    assertThatThrownBy(() -> open(path("data")))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining(keys + " is missing, which holds keys")
        .hasMessageContaining("make an empty file " + path("data").resolve("keys.given-up"));
    try (Node other = open(path("other"))) {
      call(other, set("x", "y", "z"));
    }
    Files.move(path("other").resolve("keys"), keys);
    assertThatThrownBy(() -> open(path("data")))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("holds other keys than those that were made here");
    LogFailureTest.deleteTree(keys);
    Files.move(path("away"), keys);
    assertNames("data", "Ana Ruiz", "Ben Oak");
    LogFailureTest.deleteTree(keys);
    Files.createFile(path("data").resolve("keys.given-up"));
    assertNames("data", "", "");
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
    }
    assertNames("data", "Ana Ruiz", "");
    LogFailureTest.deleteTree(keys);
    assertThatThrownBy(() -> open(path("data"))).isInstanceOf(DataDirectoryException.class);
  }

  @Test
  void keysThatAreOlderThanTheLogLoseWhatWasForgottenSince() throws Exception {
    try (Node node = open(path("data"))) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
    }
    Path keys = path("data").resolve("keys");
    copy(keys, path("older"));
    try (Node node = open(path("data"))) {
      call(node, forget("s1"));
    }
    for (String without : List.of("keys", "state")) {
      // With the tables as they are, and made again from the log.
      LogFailureTest.deleteTree(keys);
      copy(path("older"), keys);
      LogFailureTest.deleteTree(path("data").resolve(without));
      if (without.equals("keys")) {
        copy(path("older"), keys);
      }
      assertNames("data", "", "Ben Oak");
    }
  }

  static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
