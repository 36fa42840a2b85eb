package io.thalweg.keys;

import static io.thalweg.keys.Requests.claim;
import static io.thalweg.keys.Requests.failureOf;
import static io.thalweg.keys.Requests.giveBack;
import static io.thalweg.keys.Requests.keysOf;
import static io.thalweg.keys.Requests.lease;
import static io.thalweg.keys.Requests.next;
import static io.thalweg.keys.Requests.release;
import static io.thalweg.keys.Requests.use;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.Guard;
import io.thalweg.keys.v1.BlockedWord;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceResponse;
import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.KeyState;
import io.thalweg.keys.v1.Lease;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.LeaseProgress;
import io.thalweg.keys.v1.ListLeasesRequest;
import io.thalweg.keys.v1.ListLeasesResponse;
import io.thalweg.keys.v1.ListNamespacesRequest;
import io.thalweg.keys.v1.ListNamespacesResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.Order;
import io.thalweg.keys.v1.ReleaseKeysResponse;
import io.thalweg.keys.v1.ReturnLeaseResponse;
import io.thalweg.keys.v1.UseKeysRequest;
import io.thalweg.keys.v1.UseKeysResponse;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the service promises of keys, on a real node. Each test has a namespace of its own. */
class KeysTest {
  private static final String ABC = "abcdefghijklmnopqrstuvwxyz";

  @TempDir static Path data;
  private static Node node;

  @BeforeAll
  static void open() {
    node = TestEngine.open(data, Keys.TYPE);
  }

  @AfterAll
  static void close() {
    node.close();
  }

  @Test
  void aWholeNamespaceIsGivenOutEachKeyOnceAndThenItSaysSo() {
    call(Requests.create("whole", Order.UNGUESSABLE, "0123456789", 3), Namespace.class);
    Set<String> seen = new HashSet<>();
    for (int count : new int[] {1, 99, 400, 250}) {
      seen.addAll(given("whole", count));
    }
    seen.addAll(keysOf(call(lease("whole", 200), LeaseKeysResponse.class)));
    assertThat(seen).hasSize(950).allMatch(key -> key.matches("[0-9]{3}"));
    assertThat(failureOf(() -> call(next("whole", 51), NextKeysResponse.class)))
        .hasMessage("namespace 'whole' has 50 keys left; 51 were asked for");
    assertThat(counts("whole").getUnused()).as("all or none").isEqualTo(50);
    seen.addAll(given("whole", 50));
    assertThat(seen).hasSize(1_000);
    assertThat(failureOf(() -> call(lease("whole", 1), LeaseKeysResponse.class)).code())
        .isEqualTo(Code.RESOURCE_EXHAUSTED);
  }

  private static List<String> given(String name, int count) {
    List<String> keys = call(next(name, count), NextKeysResponse.class).getKeysList();
    assertThat(keys).hasSize(count).doesNotHaveDuplicates();
    return keys;
  }

  @Test
  void sequentialKeysAreCountedUpAndTimeOrderedOnesAscend() {
    call(Requests.create("count", Order.SEQUENTIAL, "0123456789", 4), Namespace.class);
    assertThat(given("count", 3)).containsExactly("0000", "0001", "0002");
    assertThat(keysOf(call(lease("count", 2), LeaseKeysResponse.class)))
        .containsExactly("0003", "0004");
    assertThat(given("count", 1)).containsExactly("0005");
    call(Requests.create("time", Order.TIME_ORDERED, "", 0), Namespace.class);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      keys.addAll(given("time", 7));
      keys.addAll(keysOf(call(lease("time", 3), LeaseKeysResponse.class)));
    }
    assertThat(keys).hasSize(50).isSorted().doesNotHaveDuplicates().allMatch(k -> k.length() == 13);
    Key key = call(claim("time", "my-own"), Key.class);
    assertThat(key.getGenerated()).isFalse();
    assertThat(failureOf(() -> call(claim("time", "7ZZZZZZZZZZZZ"), Key.class)).code())
        .isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Test
  void aClaimedKeyIsNeverGivenOutAndAGivenOneIsNeverClaimed() {
    call(Requests.create("claim", Order.UNGUESSABLE, "abc", 4), Namespace.class);
    for (String chosen : List.of("aaaa", "abca", "cccc")) {
      assertThat(call(claim("claim", chosen), Key.class).getState()).isEqualTo(KeyState.USED);
      assertThat(failureOf(() -> call(claim("claim", chosen), Key.class)).code())
          .isEqualTo(Code.ALREADY_EXISTS);
    }
    Set<String> given = new HashSet<>(given("claim", 40));
    given.addAll(keysOf(call(lease("claim", 38), LeaseKeysResponse.class)));
    assertThat(given).hasSize(78).doesNotContain("aaaa", "abca", "cccc");
    assertThat(counts("claim").getUnused()).isZero();
  }

  @Test
  void aKeyOfALeasedBlockCannotBeClaimedUntilItIsHandedBack() {
    call(Requests.create("block", Order.UNGUESSABLE, "abc", 4), Namespace.class);
    LeaseKeysResponse lease = call(lease("block", 20), LeaseKeysResponse.class);
    List<String> keys = keysOf(lease);
    assertThat(failureOf(() -> call(claim("block", keys.get(12)), Key.class)))
        .hasMessage(
            "key '%s' lies in a leased block of epoch %d, whose holder may give it out"
                .formatted(keys.get(12), lease.getEpoch()));
    assertThat(
            call(giveBack("block", lease.getEpoch(), 10), ReturnLeaseResponse.class)
                .getHandedBack())
        .isEqualTo(10);
    assertThat(call(claim("block", keys.get(12)), Key.class).getState()).isEqualTo(KeyState.USED);
    assertThat(failureOf(() -> call(claim("block", keys.get(9)), Key.class)).code())
        .isEqualTo(Code.ALREADY_EXISTS);
    Set<String> rest = new HashSet<>(given("block", 70));
    assertThat(rest).doesNotContain(keys.get(12)).doesNotContainAnyElementsOf(keys.subList(0, 10));
    assertThat(failureOf(() -> call(next("block", 1), NextKeysResponse.class)).code())
        .isEqualTo(Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void unusedLeasedAndUsedAreToldApartAndCounted() {
    call(Requests.create("fates", Order.UNGUESSABLE, "abc", 5), Namespace.class);
    LeaseKeysResponse first = call(lease("fates", 50), LeaseKeysResponse.class);
    LeaseKeysResponse second = call(lease("fates", 50), LeaseKeysResponse.class);
    assertThat(second.getEpoch()).isGreaterThan(first.getEpoch());
    List<String> keys = keysOf(first);
    assertThat(state("fates", keys.get(3))).isEqualTo(KeyState.LEASED);
    assertThat(
            call(use("fates", keys.get(3), keys.get(3), keys.get(40)), UseKeysResponse.class)
                .getUsed())
        .isEqualTo(2);
    assertThat(state("fates", keys.get(3))).isEqualTo(KeyState.USED);
    assertThat(counts("fates"))
        .returns(243L, KeyCounts::getTotal)
        .returns(98L, KeyCounts::getLeased)
        .returns(2L, KeyCounts::getUsed)
        .returns(143L, KeyCounts::getUnused);
    var progress =
        UseKeysRequest.newBuilder()
            .setNamespace("fates")
            .setLease(LeaseProgress.newBuilder().setEpoch(first.getEpoch()).setHandedOut(10))
            .build();
    assertThat(call(progress, UseKeysResponse.class).getUsed()).isEqualTo(9);
    assertThat(call(progress, UseKeysResponse.class).getUsed()).as("again").isZero();
    List<Lease> leases =
        call(ListLeasesRequest.newBuilder().setNamespace("fates").build(), ListLeasesResponse.class)
            .getLeasesList();
    assertThat(leases).extracting(Lease::getUnknown).containsExactly(39L, 50L);
    // Handed back: 30 behind the first 10 and 9 behind the one that was used.
    assertThat(
            call(giveBack("fates", first.getEpoch(), 10), ReturnLeaseResponse.class)
                .getHandedBack())
        .isEqualTo(39);
    assertThat(counts("fates"))
        .returns(50L, KeyCounts::getLeased)
        .returns(11L, KeyCounts::getUsed)
        .returns(39L, KeyCounts::getHandedBack)
        .returns(182L, KeyCounts::getUnused);
    assertThat(failureOf(() -> call(giveBack("fates", first.getEpoch(), 10), Message.class)).code())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(failureOf(() -> call(giveBack("fates", second.getEpoch(), 51), Message.class)))
        .hasMessage("lease.handed_out must be at most 50, which the block has; got 51");
    assertThat(failureOf(() -> call(use("fates", keys.get(20)), UseKeysResponse.class)))
        .hasMessage("key '" + keys.get(20) + "' was given to nobody; claim it");
  }

  @Test
  void aReleasedKeyIsGivenAgainOnlyWhenNoFreshOneIsLeft() {
    call(Requests.create("again", Order.UNGUESSABLE, "abc", 3), Namespace.class);
    List<String> given = given("again", 10);
    String released = given.get(4);
    assertThat(call(release("again", released), ReleaseKeysResponse.class).getReleased()).isOne();
    assertThat(call(release("again", released), ReleaseKeysResponse.class).getReleased()).isZero();
    assertThat(state("again", released)).isEqualTo(KeyState.UNUSED);
    assertThat(given("again", 17)).doesNotContain(released);
    assertThat(given("again", 1)).containsExactly(released);
    call(claim("again", "a-chosen-one"), Key.class);
    assertThat(counts("again").getCustom()).isOne();
    assertThat(call(release("again", "a-chosen-one"), ReleaseKeysResponse.class).getReleased())
        .isOne();
    assertThat(counts("again").getCustom()).isZero();
  }

  @Test
  void aRemainderThatWasTheNewestIsFreshAgainAndLeavesNoRange() {
    call(Requests.create("tail", Order.SEQUENTIAL, "0123456789", 6), Namespace.class);
    LeaseKeysResponse lease = call(lease("tail", 1_000), LeaseKeysResponse.class);
    call(giveBack("tail", lease.getEpoch(), 7), ReturnLeaseResponse.class);
    assertThat(given("tail", 2)).containsExactly("000007", "000008");
    assertThat(get("tail").getRanges()).isZero();
    assertThat(get("tail").getOpenLeases()).isZero();
  }

  @Test
  void aKeyWithABlockedWordIsNeitherGivenNorLeasedNorClaimed() {
    var settings = Requests.create("words", Order.UNGUESSABLE, "abct", 4).toBuilder();
    settings.getSettingsBuilder().addBlocklist(BlockedWord.newBuilder().setWord("CAT"));
    call(settings.build(), Namespace.class);
    Set<String> keys = new HashSet<>(given("words", 100));
    keys.addAll(keysOf(call(lease("words", 300), LeaseKeysResponse.class)));
    // Of 256: "cat" with one of four before or behind it, and none twice.
    assertThat(keys).hasSize(256 - 8).noneMatch(key -> key.contains("cat"));
    assertThat(failureOf(() -> call(claim("words", "my-c4t"), Key.class)))
        .hasMessage("key must hold no blocked word; got 'my-c4t'");
  }

  @Test
  void aKeyThatIsClaimedWithAWrongCheckCharacterIsRefused() {
    var settings = Requests.create("check", Order.SEQUENTIAL, "0123456789", 4).toBuilder();
    settings.getSettingsBuilder().setCheckCharacter(true);
    call(settings.build(), Namespace.class);
    assertThat(given("check", 1)).containsExactly("00005");
    assertThat(call(claim("check", "07945"), Key.class).getGenerated()).isTrue();
    assertThat(failureOf(() -> call(claim("check", "07944"), Key.class)))
        .hasMessage("key must end with the check character '5'; got '07944'");
  }

  @Test
  void anOlderTokenOfALockIsRefused() {
    call(Requests.create("guard", Order.SEQUENTIAL, ABC, 4), Namespace.class);
    var guarded = next("guard", 1).toBuilder();
    guarded.setGuard(Guard.newBuilder().setLock("deploy").setToken(7));
    call(guarded.build(), NextKeysResponse.class);
    call(guarded.build(), NextKeysResponse.class);
    guarded.getGuardBuilder().setToken(6);
    assertThat(failureOf(() -> call(guarded.build(), NextKeysResponse.class)))
        .hasMessage(
            "guard.token: 6 of lock 'deploy' is older than 7, which was here before: the lock is"
                + " lost");
    guarded.getGuardBuilder().setLock("other");
    assertThat(call(guarded.build(), NextKeysResponse.class).getKeysList()).containsExactly("aaac");
  }

  @Test
  void aNamespaceKeepsTheTokensOfAThousandLocksAndRefusesOneMore() {
    call(Requests.create("locks", Order.SEQUENTIAL, ABC, 4), Namespace.class);
    var guarded = next("locks", 1).toBuilder();
    for (int i = 0; i < 1_000; i++) {
      guarded.setGuard(Guard.newBuilder().setLock("lock-" + i).setToken(7));
      call(guarded.build(), NextKeysResponse.class);
    }
    guarded.getGuardBuilder().setLock("one-more");
    assertThat(failureOf(() -> call(guarded.build(), NextKeysResponse.class)))
        .hasMessage(
            "guard.lock: 'one-more' would be one too many: what it guards keeps the tokens of 1000"
                + " locks; use one of those");
    guarded.getGuardBuilder().setLock("lock-999").setToken(8);
    call(guarded.build(), NextKeysResponse.class);
    // One that was deleted and made again is another one, and begins anew.
    call(DeleteNamespaceRequest.newBuilder().setNamespace("locks").build(), Message.class);
    call(Requests.create("locks", Order.SEQUENTIAL, ABC, 4), Namespace.class);
    guarded.getGuardBuilder().setLock("lock-999").setToken(1);
    assertThat(call(guarded.build(), NextKeysResponse.class).getKeysList()).containsExactly("aaaa");
  }

  @Test
  void theSecretOrderIsInNoAnswer() {
    call(Requests.create("secret", Order.UNGUESSABLE, ABC, 6), Namespace.class);
    LeaseKeysResponse one = call(lease("secret", 10_000), LeaseKeysResponse.class);
    LeaseKeysResponse two = call(lease("secret", 10_000), LeaseKeysResponse.class);
    assertThat(one.getRecipe()).isEqualTo(two.getRecipe());
    assertThat(one.getRunsList()).as("blocks of 4,096 at secret places").hasSize(3);
    assertThat(two.getRuns(0).getStart())
        .as("the first goes on in the block that the other ended in")
        .isEqualTo(one.getRuns(2).getStart() + one.getRuns(2).getCount());
    assertThat(Math.abs(two.getRuns(1).getStart() - two.getRuns(0).getStart()))
        .as("the next block is elsewhere")
        .isGreaterThan(4_096);
  }

  @Test
  void namespacesAreListedByNameWithTheirFigures() {
    for (String name : List.of("list-b", "list-a", "list-c")) {
      call(Requests.create(name, Order.SEQUENTIAL, "0123456789", 3), Namespace.class);
    }
    given("list-b", 500);
    List<Namespace> listed = new ArrayList<>();
    ListNamespacesRequest request = ListNamespacesRequest.newBuilder().setPageSize(2).build();
    while (true) {
      ListNamespacesResponse page = call(request, ListNamespacesResponse.class);
      listed.addAll(page.getNamespacesList());
      if (page.getNextPageToken().isEmpty()) {
        break;
      }
      request = request.toBuilder().setPageToken(page.getNextPageToken()).build();
    }
    assertThat(listed).extracting(Namespace::getNamespace).isSorted().contains("list-a", "list-c");
    Namespace used =
        listed.stream()
            .filter(each -> each.getNamespace().equals("list-b"))
            .findAny()
            .orElseThrow();
    assertThat(used.getCounts().getUsed()).isEqualTo(500);
    assertThat(used.getKeysPerSecond()).isPositive();
    assertThat(used.getExhaustTime().getSeconds())
        .isGreaterThanOrEqualTo(used.getCreateTime().getSeconds());
    Namespace idle =
        listed.stream()
            .filter(each -> each.getNamespace().equals("list-a"))
            .findAny()
            .orElseThrow();
    assertThat(idle.hasExhaustTime()).as("a forecast of what nobody uses").isFalse();
  }

  @Test
  void fieldsOutOfTheirBoundsAreNamed() {
    refused(Requests.create("x/y", Order.SEQUENTIAL, "", 0), "namespace must ");
    refused(Requests.create("bad", Order.SEQUENTIAL, "aa", 4), "settings.alphabet must have each");
    refused(
        Requests.create("bad", Order.SEQUENTIAL, "a", 4), "settings.alphabet must have at least 2");
    refused(
        Requests.create("bad", Order.SEQUENTIAL, "a b", 4),
        "settings.alphabet must be of printable");
    refused(Requests.create("bad", Order.UNGUESSABLE, ABC, 14), "settings.length must be so that");
    refused(Requests.create("bad", Order.TIME_ORDERED, "10", 0), "settings.alphabet must ");
    refused(Requests.create("bad", Order.TIME_ORDERED, "", 3), "settings.length must not");
    var words = Requests.create("bad", Order.UNGUESSABLE, "abc", 30).toBuilder();
    words.getSettingsBuilder().addBlocklist(BlockedWord.newBuilder().setWord("ab"));
    refused(words.build(), "settings.blocklist must leave half");
    refused(
        words.setSettings(words.getSettings().toBuilder().setOrder(Order.SEQUENTIAL)).build(),
        "settings.blocklist must be empty");
    refused(next("bad", 0), "count must ");
    refused(claim("bad", ""), "key");
    assertThat(failureOf(() -> call(next("bad", 1), NextKeysResponse.class)).code())
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void aNamespaceIsCreatedOnceAndGoneWhenItIsDeleted() {
    CreateNamespaceRequest request = Requests.create("twice", Order.SEQUENTIAL, "0123456789", 4);
    Namespace created = call(request, Namespace.class);
    assertThat(call(request, Namespace.class)).isEqualTo(created);
    assertThat(
            failureOf(
                    () -> call(Requests.create("twice", Order.SEQUENTIAL, "", 5), Namespace.class))
                .code())
        .isEqualTo(Code.ALREADY_EXISTS);
    given("twice", 5);
    call(claim("twice", "mine"), Key.class);
    call(lease("twice", 5), LeaseKeysResponse.class);
    call(
        DeleteNamespaceRequest.newBuilder().setNamespace("twice").build(),
        DeleteNamespaceResponse.class);
    assertThat(failureOf(() -> get("twice")).code()).isEqualTo(Code.NOT_FOUND);
    call(request, Namespace.class);
    assertThat(given("twice", 1)).containsExactly("0000");
    assertThat(state("twice", "mine")).isEqualTo(KeyState.UNUSED);
    assertThat(get("twice").getOpenLeases()).isZero();
  }

  @Test
  void theSecretAndWhatWasGivenOutlastARestart(@TempDir Path own) {
    List<String> all = new ArrayList<>();
    for (int start = 0; start < 4; start++) {
      try (Node again = TestEngine.open(own, Keys.TYPE)) {
        again.call(Requests.create("kept", Order.UNGUESSABLE, ABC, 2), Namespace.class);
        again.call(Requests.create("kept-time", Order.TIME_ORDERED, "", 0), Namespace.class);
        all.addAll(again.call(next("kept", 100), NextKeysResponse.class).getKeysList());
        LeaseKeysResponse lease = again.call(lease("kept", 60), LeaseKeysResponse.class);
        all.addAll(keysOf(lease).subList(0, 30));
        again.call(giveBack("kept", lease.getEpoch(), 30), ReturnLeaseResponse.class);
      }
    }
    assertThat(all).hasSize(520).doesNotHaveDuplicates();
  }

  private static void refused(Message request, String message) {
    var failure = failureOf(() -> call(request, Message.class));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessageStartingWith(message);
  }

  private static Namespace get(String name) {
    return call(GetNamespaceRequest.newBuilder().setNamespace(name).build(), Namespace.class);
  }

  private static KeyCounts counts(String name) {
    return get(name).getCounts();
  }

  private static KeyState state(String name, String key) {
    return call(GetKeyRequest.newBuilder().setNamespace(name).setKey(key).build(), Key.class)
        .getState();
  }

  private static <R extends Message> R call(Message request, Class<R> reply) {
    return node.call(request, reply);
  }
}
