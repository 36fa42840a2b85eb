package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesResponse;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberRequest;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.ListEntriesAroundRequest;
import io.thalweg.leaderboard.v1.ListEntriesAroundResponse;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Display names are shown until their member is forgotten, on all boards at once. */
@Timeout(300)
class DisplayNamesTest {
  private static final List<String> BOARDS = List.of("day", "week", "month", "ever");

  @TempDir Path data;
  private Node node;

  @BeforeEach
  void open() {
    node =
        TestEngine.at(data)
            .service(Leaderboard.TYPE)
            .options(NodeOptions.defaults().withPartitions(3))
            .open();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void submit(String board, String member, double score) {
    node.call(Requests.submit(board, member, score), SubmitScoreResponse.class);
  }

  private void name(String board, String member, String name) {
    node.call(set(board, member, name), SetDisplayNameResponse.class);
  }

  static SetDisplayNameRequest set(String board, String member, String name) {
    return SetDisplayNameRequest.newBuilder()
        .setBoard(board)
        .setMember(member)
        .setDisplayName(name)
        .build();
  }

  static ForgetMemberRequest forget(String member) {
    return ForgetMemberRequest.newBuilder().setMember(member).build();
  }

  private String shown(String board, String member) {
    return node.call(Requests.get(board, member), Entry.class).getDisplayName();
  }

  private static List<String> shown(List<Entry> entries) {
    return entries.stream().map(e -> e.getMember() + "=" + e.getDisplayName()).toList();
  }

  @Test
  void aNameIsShownInEntriesWhereverTheyAreListed() {
    submit("goals", "ana", 3);
    submit("goals", "ben", 2);
    submit("goals", "cho", 1);
    name("goals", "ana", "Ana Ruiz");
    name("goals", "cho", "Cho 🎯");
    name("goals", "cho", "Cho Lee");
    List<String> all = List.of("ana=Ana Ruiz", "ben=", "cho=Cho Lee");
    assertThat(
            shown(
                node.call(
                        ListEntriesRequest.newBuilder().setBoard("goals").build(),
                        ListEntriesResponse.class)
                    .getEntriesList()))
        .isEqualTo(all);
    assertThat(
            shown(
                node.call(
                        ListEntriesAroundRequest.newBuilder()
                            .setBoard("goals")
                            .setMember("ben")
                            .build(),
                        ListEntriesAroundResponse.class)
                    .getEntriesList()))
        .isEqualTo(all);
    assertThat(
            shown(
                node.call(
                        BatchGetEntriesRequest.newBuilder()
                            .setBoard("goals")
                            .addMembers("cho")
                            .addMembers("ana")
                            .build(),
                        BatchGetEntriesResponse.class)
                    .getEntriesList()))
        .containsExactly("ana=Ana Ruiz", "cho=Cho Lee");
    assertThat(shown("goals", "cho")).isEqualTo("Cho Lee");
  }

  @Test
  void aForgottenMemberHasNoNameOnAnyBoardNowAndAfterARestartAndScoresStay() throws Exception {
    for (String board : BOARDS) {
      submit(board, "ana", 7);
      submit(board, "ben", 3);
      name(board, "ana", "Ana of " + board);
      name(board, "ben", "Ben of " + board);
    }
    node.call(forget("ana"), ForgetMemberResponse.class);
    for (int round = 0; round < 2; round++) {
      for (String board : BOARDS) {
        assertThat(shown(board, "ana")).isEmpty();
        assertThat(shown(board, "ben")).isEqualTo("Ben of " + board);
        assertThat(node.call(Requests.get(board, "ana"), Entry.class).getScore()).isEqualTo(7);
        assertThat(watched(board)).containsExactly("ana=", "ben=Ben of " + board);
      }
      node.close();
      open();
    }
    name("day", "ana", "Ana again");
    assertThat(shown("day", "ana")).isEqualTo("Ana again");
    assertThat(shown("week", "ana")).isEmpty();
    node.call(forget("nobody"), ForgetMemberResponse.class);
  }

  /**
   * The two names that were set on a board, as a watcher from the beginning of the log sees them.
   */
  private List<String> watched(String board) throws Exception {
    List<String> names = new java.util.ArrayList<>();
    WatchBoardRequest watch = WatchBoardRequest.newBuilder().setBoard(board).build();
    try (WatchStream stream = node.watch(Request.of(watch), "0")) {
      while (names.size() < 2) {
        WatchStream.Item item = stream.next(Duration.ofSeconds(100));
        if (item == null) {
          throw new AssertionError("no event came in time");
        }
        BoardEvent event = (BoardEvent) item.message();
        if (event.hasDisplayNameChanged()) {
          names.add(
              event.getDisplayNameChanged().getMember()
                  + "="
                  + event.getDisplayNameChanged().getDisplayName());
        }
      }
    }
    return names;
  }

  @Test
  void aNameStaysThroughAResetAndGoesWithTheMemberOrTheBoard() {
    submit("a", "ana", 1);
    name("a", "ana", "Ana Ruiz");
    name("a", "later", "Not on it yet");
    node.call(ResetBoardRequest.newBuilder().setBoard("a").build(), Board.class);
    submit("a", "ana", 1);
    submit("a", "later", 1);
    assertThat(shown("a", "ana")).isEqualTo("Ana Ruiz");
    assertThat(shown("a", "later")).isEqualTo("Not on it yet");
    node.call(
        RemoveMemberRequest.newBuilder().setBoard("a").setMember("ana").build(),
        RemoveMemberResponse.class);
    submit("a", "ana", 1);
    assertThat(shown("a", "ana")).isEmpty();
    node.call(DeleteBoardRequest.newBuilder().setBoard("a").build(), DeleteBoardResponse.class);
    submit("a", "later", 1);
    assertThat(shown("a", "later")).isEmpty();
  }

  @Test
  void aBadRequestIsRefusedByTheNameOfItsField() {
    assertThat(failureOf(() -> name("none", "ana", "Ana")).code()).isEqualTo(Code.NOT_FOUND);
    submit("a", "ana", 1);
    refused(set("a", "ana", ""), "display_name must have 1 to 256 bytes of UTF-8; got 0");
    refused(
        set("a", "ana", "x".repeat(257)),
        "display_name must have 1 to 256 bytes of UTF-8; got 257");
    refused(set("a", "ana", "a\0b"), "display_name must not have the character U+0000");
    refused(set("a", "", "Ana"), "member");
    refused(forget(""), "member");
    name("a", "ana", "é".repeat(128));
    assertThat(shown("a", "ana")).hasSize(128);
  }

  private void refused(Message request, String message) {
    var failure = failureOf(() -> node.call(request, Message.class));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessageContaining(message);
  }

  @Test
  void anUndoneDeletionOfABoardBringsItsNamesBack() {
    try (SoloPartition solo = new SoloPartition()) {
      solo.call(Requests.submit("a", "ana", 1), SubmitScoreResponse.class);
      solo.call(set("a", "ana", "Ana Ruiz"), SetDisplayNameResponse.class);
      solo.call(set("a", "ben", "Ben Oak"), SetDisplayNameResponse.class);
      solo.callAndUndo(List.of(DeleteBoardRequest.newBuilder().setBoard("a").build()));
      assertThat(solo.index.names(0, "a")).isEqualTo(2);
      assertThat(solo.call(Requests.get("a", "ana"), Entry.class).getDisplayName())
          .isEqualTo("Ana Ruiz");
      try (SoloPartition reopened = solo.reopened();
          SoloPartition replayed = solo.replayed()) {
        assertThat(reopened.index.names(0, "a")).isEqualTo(2);
        assertThat(reopened.call(Requests.get("a", "ana"), Entry.class).getDisplayName())
            .isEqualTo("Ana Ruiz");
        assertThat(replayed.digest()).isEqualTo(solo.digest());
      }
      solo.call(DeleteBoardRequest.newBuilder().setBoard("a").build(), DeleteBoardResponse.class);
      assertThat(solo.index.names(0, "a")).isZero();
    }
  }
}
