package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.contract.MethodKind;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.BoardReset;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.LeaderboardProto;
import io.thalweg.leaderboard.v1.MemberRemoved;
import io.thalweg.leaderboard.v1.ResetScheduled;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be left out of a watch, and what may not. */
class ConflatedItemsTest {
  private static final int MAX_BYTES = 8 << 10;

  private final Conflation conflation = conflation("WatchBoard");

  private static Conflation conflation(String method) {
    return Objects.requireNonNull(Conflation.of(type(method)));
  }

  private static MethodType type(String method) {
    var descriptor =
        LeaderboardProto.getDescriptor().findServiceByName("Leaderboards").findMethodByName(method);
    return new MethodType(
        descriptor,
        MethodKind.WATCH,
        WatchBoardRequest.getDefaultInstance(),
        BoardEvent.getDefaultInstance());
  }

  private static WatchStream.Item item(long offset, BoardEvent.Builder event) {
    return new WatchStream.Item(new Position(1, 0, offset), event.build());
  }

  private static BoardEvent.Builder scores(double score, String... members) {
    ScoresSubmitted.Builder scores = ScoresSubmitted.newBuilder();
    for (String member : members) {
      scores.addStandings(ScoresSubmitted.Standing.newBuilder().setMember(member).setScore(score));
    }
    return BoardEvent.newBuilder().setScoresSubmitted(scores);
  }

  private static BoardEvent.Builder removed(String member) {
    return BoardEvent.newBuilder().setMemberRemoved(MemberRemoved.newBuilder().setMember(member));
  }

  private static List<String> drained(ConflatedItems items) {
    List<String> all = new ArrayList<>();
    for (WatchStream.Item item = items.poll(); item != null; item = items.poll()) {
      all.add(item.position().offset() + " after " + ((BoardEvent) item.message()).getLeftOut());
    }
    return all;
  }

  @Test
  void anItemIsLeftOutWhenEachOfItsKeysHasALaterOneAndThatIsToldWithTheNext() {
    ConflatedItems items = new ConflatedItems(conflation, MAX_BYTES);
    items.add(item(1, scores(1, "a", "b")));
    items.add(item(2, scores(2, "a")));
    items.add(item(3, scores(3, "c")));
    items.add(item(4, scores(4, "b")));
    items.add(item(5, scores(5, "c")));
    // 1 left for 2 and 4, 3 left for 5.
    assertThat(drained(items)).containsExactly("2 after 1", "4 after 1", "5 after 0");
    assertThat(items.isEmpty()).isTrue();
    assertThat(items.bytes()).isZero();
    assertThat(items.leftOut()).isEqualTo(2);
  }

  @Test
  void keysOfDifferentFieldsAreDifferentAndAnItemWithoutAKeyAlwaysStays() {
    ConflatedItems items = new ConflatedItems(conflation, MAX_BYTES);
    items.add(item(1, scores(1, "a")));
    items.add(item(2, removed("a")));
    items.add(item(3, BoardEvent.newBuilder().setBoardReset(BoardReset.getDefaultInstance())));
    items.add(item(4, BoardEvent.newBuilder().setBoardReset(BoardReset.getDefaultInstance())));
    items.add(item(5, removed("b")));
    items.add(item(6, removed("a")));
    assertThat(drained(items))
        .containsExactly("1 after 0", "3 after 1", "4 after 0", "5 after 0", "6 after 0");
  }

  @Test
  void aPathThatEndsAtAMessageIsOneKey() {
    ConflatedItems items = new ConflatedItems(conflation, MAX_BYTES);
    for (int i = 0; i < 5; i++) {
      items.add(
          item(
              i,
              BoardEvent.newBuilder()
                  .setResetScheduled(ResetScheduled.newBuilder().setBoard("board " + i))));
    }
    assertThat(drained(items)).containsExactly("4 after 4");
  }

  @Test
  void whatWasTakenIsNotTakenBackByALaterOne() {
    ConflatedItems items = new ConflatedItems(conflation, MAX_BYTES);
    items.add(item(1, scores(1, "a")));
    assertThat(drained(items)).containsExactly("1 after 0");
    items.add(item(2, scores(2, "a")));
    assertThat(items.before(new Position(1, 0, 2))).isEqualTo(new Position(1, 0, 1));
    assertThat(drained(items)).containsExactly("2 after 0");
    assertThat(items.before(new Position(1, 0, 2))).isEqualTo(new Position(1, 0, 2));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void theLastOfEachKeyIsGivenInOrderAndEveryItemIsGivenOrCounted(long seed) {
    Random random = new Random(seed);
    ConflatedItems items = new ConflatedItems(conflation, MAX_BYTES);
    Map<Conflation.Key, Long> last = new HashMap<>();
    Map<Conflation.Key, Long> given = new HashMap<>();
    List<Long> withoutKey = new ArrayList<>();
    List<Long> givenWithoutKey = new ArrayList<>();
    long offset = -1;
    long accounted = -1;
    int slowness = 1 + random.nextInt(200);
    for (int i = 0; i < 5_000 || !items.isEmpty(); i++) {
      if (i < 5_000 && !items.isFull()) {
        offset++;
        WatchStream.Item next = item(offset, any(random));
        var keys = conflation.keys(next.message());
        for (Conflation.Key key : keys) {
          last.put(key, offset);
        }
        if (keys.isEmpty()) {
          withoutKey.add(offset);
        }
        items.add(next);
        assertThat(items.bytes()).isLessThan(MAX_BYTES + 4_096L);
      }
      if (i >= 5_000 || items.isFull() || random.nextInt(slowness) == 0) {
        Position before = items.before(new Position(1, 0, offset));
        assertThat(before.offset()).isGreaterThanOrEqualTo(accounted);
        WatchStream.Item taken = items.poll();
        if (taken != null) {
          BoardEvent event = (BoardEvent) taken.message();
          // All between the one before and this one were left out, and it says how many.
          assertThat(taken.position().offset()).isEqualTo(accounted + 1 + event.getLeftOut());
          accounted = taken.position().offset();
          long at = accounted;
          var keys = conflation.keys(event);
          keys.forEach(key -> given.put(key, at));
          if (keys.isEmpty()) {
            givenWithoutKey.add(at);
          }
        }
      }
    }
    assertThat(accounted).isEqualTo(offset);
    assertThat(given).as("seed %d", seed).isEqualTo(last);
    assertThat(givenWithoutKey).isEqualTo(withoutKey);
  }

  private static BoardEvent.Builder any(Random random) {
    String member = "m" + random.nextInt(12);
    return switch (random.nextInt(40)) {
      case 0 -> BoardEvent.newBuilder().setBoardReset(BoardReset.getDefaultInstance());
      case 1, 2, 3 -> removed(member);
      case 4, 5, 6, 7 ->
          scores(1, member, "m" + random.nextInt(12), "m" + random.nextInt(12), member);
      default -> scores(random.nextInt(100), member);
    };
  }

  @Test
  void theNodeIsAskedTheSameWhetherTheClientWishesItOrNot() {
    WatchBoardRequest plain = WatchBoardRequest.newBuilder().setBoard("b").build();
    WatchBoardRequest wish = plain.toBuilder().setConflate(true).setAfter("1-0-5").build();
    WatchMethod method = new WatchMethod(type("WatchBoard"));
    assertThat(method.asked(wish)).isEqualTo((Message) plain);
    assertThat(method.conflation(wish)).isNotNull();
    assertThat(method.conflation(plain)).isNull();
  }

  @Test
  void aMethodWhoseContractNamesNoKeysIsNotConflated() {
    assertThat(Conflation.of(type("GetEntry"))).isNull();
    assertThat(GetEntryRequest.getDescriptor().findFieldByName("conflate")).isNull();
  }
}
