package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.keys.DirectoryKeys;
import io.thalweg.runtime.keys.SubjectKey;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.runtime.test.ForgetSubjectRequest;
import io.thalweg.runtime.test.GetNameRequest;
import io.thalweg.runtime.test.ListNamesRequest;
import io.thalweg.runtime.test.ListNamesResponse;
import io.thalweg.runtime.test.ProfileName;
import io.thalweg.runtime.test.SetNameRequest;
import io.thalweg.runtime.test.WatchNamesRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sealed can be read until its subject is forgotten, and never after. */
class SealedTest {
  private static final List<PartitionId> PARTITIONS =
      List.of(new PartitionId("profiles", 0), new PartitionId("profiles", 1));

  @TempDir Path data;
  @TempDir Path scratch;

  private Node open() {
    return open(data);
  }

  static Node open(Path data) {
    return Thalweg.at(data)
        .service(Profiles.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  static SetNameRequest set(String profile, String subject, String name) {
    return SetNameRequest.newBuilder()
        .setProfile(profile)
        .setSubject(subject)
        .setName(name)
        .build();
  }

  static ForgetSubjectRequest forget(String subject) {
    return ForgetSubjectRequest.newBuilder().setProfile(subject).setSubject(subject).build();
  }

  static ProfileName call(Node node, Message request) {
    return node.call(request, ProfileName.class);
  }

  /** The name of a profile; "" if there is none or it is forgotten. */
  static String nameOf(Node node, String profile) {
    return call(node, GetNameRequest.newBuilder().setProfile(profile).build()).getName();
  }

  @Test
  void whatIsSealedIsReadByCommandsQueriesScansAndWatchersUntilItIsForgotten() throws Exception {
    try (Node node = open()) {
      assertThat(call(node, set("ana", "s1", "Ana Ruiz")).getName()).isEqualTo("Ana Ruiz");
      call(node, set("ben", "s2", "Ben Oak"));
      assertThat(nameOf(node, "ana")).isEqualTo("Ana Ruiz");
      assertThat(namesListed(node)).containsExactlyInAnyOrder("Ana Ruiz", "Ben Oak");
      assertThat(namesWatched(node, "ana")).containsExactly("Ana Ruiz");
      assertThat(call(node, forget("s1")).getForgot()).isTrue();
      assertThat(nameOf(node, "ana")).isEmpty();
      assertThat(namesListed(node)).containsExactlyInAnyOrder("", "Ben Oak");
      assertThat(namesWatched(node, "ana")).containsExactly("");
      assertThat(call(node, forget("s1")).getForgot()).as("there is nothing more").isFalse();
      assertThat(node.meters().get("thalweg.keys.made").functionCounter().count()).isEqualTo(2);
      assertThat(node.meters().get("thalweg.keys.destroyed").functionCounter().count())
          .isEqualTo(1);
      assertThat(keysHeld(node)).isEqualTo(1);
    }
    try (Node node = open()) {
      assertThat(keysHeld(node)).as("also after a restart").isEqualTo(1);
      call(node, set("cho", "s3", "Cho Lee"));
      assertThat(keysHeld(node)).isEqualTo(2);
    }
  }

  private static double keysHeld(Node node) {
    return node.meters().get("thalweg.keys.held").gauge().value();
  }

  private static List<String> namesListed(Node node) {
    return node
        .call(ListNamesRequest.getDefaultInstance(), ListNamesResponse.class)
        .getNamesList()
        .stream()
        .map(ProfileName::getName)
        .toList();
  }

  private static List<String> namesWatched(Node node, String profile) throws Exception {
    List<String> names = new ArrayList<>();
    WatchNamesRequest watch = WatchNamesRequest.newBuilder().setProfile(profile).build();
    try (WatchStream stream = node.watch(Request.of(watch), "0")) {
      WatchStream.Item item = stream.next(Duration.ofSeconds(100));
      if (item == null) {
        throw new AssertionError("no event came in time");
      }
      names.add(((ProfileName) item.message()).getName());
    }
    return names;
  }

  @Test
  void whatIsForgottenStaysForgottenAndTheOthersStayReadableAcrossARestartAndAReplay()
      throws Exception {
    try (Node node = open()) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
      call(node, forget("s1"));
    }
    for (String lost : List.of("nothing", "state")) {
      if (Files.exists(data.resolve(lost))) {
        LogFailureTest.deleteTree(data.resolve(lost));
      }
      try (Node node = open()) {
        assertThat(nameOf(node, "ana")).as("without %s", lost).isEmpty();
        assertThat(nameOf(node, "ben")).isEqualTo("Ben Oak");
      }
    }
  }

  @Test
  void aNodeThatStartsFromACheckpointHasForgottenToo() throws Exception {
    try (Node node = open()) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
      node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(true));
      call(node, forget("s1"));
      node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(true));
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    try (Node node = open()) {
      assertThat(nameOf(node, "ana")).isEmpty();
      assertThat(nameOf(node, "ben")).isEqualTo("Ben Oak");
    }
  }

  @Test
  void theStateIsTheSameWhateverKeysThereAre() throws Exception {
    try (Node node = open()) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      List<Long> ends = PARTITIONS.stream().map(node::durableOffset).toList();
      List<String> before = digests(ends);
      call(node, forget("s1"));
      assertThat(digests(ends)).isEqualTo(before);
    }
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      assertThat(TableVerifier.verify(directory, log, List.of(Profiles.TYPE), scratch, text -> {}))
          .allSatisfy(result -> assertThat(result.isEqual()).isTrue());
    }
  }

  // Of the tables at these offsets, from the log as it is on the disk: with no keys at all.
  private List<String> digests(List<Long> ends) throws IOException {
    Path copy = Files.createTempDirectory(scratch, "copy");
    try (Stream<Path> files = Files.list(data.resolve("log"))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    List<String> digests = new ArrayList<>();
    try (SegmentLog log = SegmentLog.open(copy, SegmentLogOptions.DEFAULTS)) {
      for (PartitionId id : PARTITIONS) {
        Path rows = Files.createTempDirectory(scratch, "rows");
        digests.add(TableVerifier.digest(log, Profiles.TYPE, id, 2, ends.get(id.index()), rows));
      }
    }
    return digests;
  }

  @Test
  void noFileOfTheDataDirectoryHoldsWhatIsSealedAndNoneHoldsAKeyThatWasDestroyed()
      throws Exception {
    byte[] kept;
    byte[] destroyed;
    try (Node node = open()) {
      call(node, set("ana", "s1", "Ana Ruiz of Sevilla"));
      call(node, set("ben", "s2", "Ben Oak of Bristol"));
      node.checkpoint(CheckpointOptions.DEFAULTS);
    }
    try (DataDirectory directory = DataDirectory.lock(data);
        DirectoryKeys keys = directory.openKeys()) {
      destroyed = secretOf(keys, "s1");
      kept = secretOf(keys, "s2");
    }
    assertThat(filesWith("Sevilla".getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(filesWith(destroyed)).isNotEmpty();
    try (Node node = open()) {
      call(node, forget("s1"));
      assertThat(filesWith(destroyed)).as("while the node runs").isEmpty();
      assertThat(filesWith(kept)).isNotEmpty();
      call(node, set("ana", "s1", "Ana Ruiz"));
    }
    assertThat(filesWith(destroyed)).isEmpty();
  }

  static byte[] secretOf(SubjectKeys keys, String subject) {
    List<SubjectKey> all =
        keys.of(io.thalweg.runtime.keys.Subject.of("profiles", 0, subject).hash());
    assertThat(all).hasSize(1);
    return all.getFirst().secret().toByteArray();
  }

  private List<Path> filesWith(byte[] bytes) throws IOException {
    String wanted = new String(bytes, StandardCharsets.ISO_8859_1);
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(wanted)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  @Test
  void whatIsForgottenIsUnreadableWithinTheCommandAndWhatIsSealedAfterwardsIsReadable() {
    try (Node node = open()) {
      call(node, set("a", "s", "old"));
      call(node, set("b", "s", "old too"));
      ForgetSubjectRequest anew = forget("s").toBuilder().setProfile("a").setName("new").build();
      ProfileName within = call(node, anew);
      assertThat(within.getForgot()).isTrue();
      assertThat(within.hasName()).as("the old name, right after").isFalse();
      assertThat(nameOf(node, "a")).isEqualTo("new");
      assertThat(nameOf(node, "b")).isEmpty();
    }
    try (Node node = open()) {
      assertThat(nameOf(node, "a")).isEqualTo("new");
      assertThat(nameOf(node, "b")).isEmpty();
      call(node, forget("s"));
      assertThat(nameOf(node, "a")).isEmpty();
    }
  }

  @Test
  void aCommandThatIsUndoneForgetsNothingAndMakesNoKey() {
    try (Node node = open()) {
      SetNameRequest refused = set("a", "s", "x").toBuilder().setRefuse(true).build();
      assertThatThrownBy(() -> call(node, refused)).hasMessage("refused");
      assertThat(call(node, forget("s")).getForgot()).isFalse();
      call(node, set("a", "s", "kept").toBuilder().setDrop(true).build());
      assertThat(call(node, forget("s")).getForgot()).as("nothing was emitted").isFalse();
      call(node, set("a", "s", "kept"));
      for (String again : List.of("", "anew")) {
        ForgetSubjectRequest undone =
            forget("s").toBuilder().setName(again).setRefuse(true).build();
        assertThatThrownBy(() -> call(node, undone)).hasMessage("refused");
        assertThat(nameOf(node, "a")).isEqualTo("kept");
      }
    }
    try (Node node = open()) {
      assertThat(nameOf(node, "a")).isEqualTo("kept");
    }
  }

  @Test
  void projectsDoNotShareSubjects() {
    try (Node node = open()) {
      Caller other = new Caller(7, "");
      call(node, set("a", "s", "mine"));
      node.call(as(other, set("a", "s", "theirs")), ProfileName.class);
      call(node, forget("s"));
      GetNameRequest get = GetNameRequest.newBuilder().setProfile("a").build();
      assertThat(nameOf(node, "a")).isEmpty();
      assertThat(node.call(as(other, get), ProfileName.class).getName()).isEqualTo("theirs");
    }
  }

  private static Request as(Caller caller, Message message) {
    return new Request(message, caller, null, Long.MAX_VALUE);
  }

  @Test
  void whatIsOutOfItsBoundsIsRefusedByName() {
    try (Node node = open()) {
      refused(node, set("a", "", "x"), "subject must have 1 to 512 bytes of UTF-8; got 0");
      String longest = "é".repeat(256);
      refused(node, set("a", longest + "x", "x"), "subject must have 1 to 512 bytes");
      assertThat(call(node, set("a", longest, "x")).getName()).isEqualTo("x");
      refused(
          node,
          set("a", "s", "x".repeat(65_537)),
          "sealed value must have at most 65536 bytes; got 65537");
      assertThat(call(node, set("a", "s", "x".repeat(65_536))).getName()).hasSize(65_536);
      refused(
          node,
          set("a", "n", "x").toBuilder().setMore(1024).build(),
          "the request makes and forgets the keys of 1024 subjects");
      call(node, set("a", "n", "x").toBuilder().setMore(1023).build());
    }
  }

  private static void refused(Node node, Message request, String message) {
    assertThatThrownBy(() -> call(node, request))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.code()).isEqualTo(Code.INVALID_ARGUMENT))
        .hasMessageStartingWith(message);
  }
}
