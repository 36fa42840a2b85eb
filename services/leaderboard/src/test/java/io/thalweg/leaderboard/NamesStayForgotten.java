package io.thalweg.leaderboard;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberRequest;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.testkit.Answered;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.QuietNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A display name that was set before its member was forgotten is not shown after that, on whichever
 * board; one that is set anew is.
 *
 * <p>An operation began after the answer that its client had before it, so what is said of before
 * and after is certain; what may have been at once is not judged.
 */
final class NamesStayForgotten implements Invariant {
  private final List<String> boards;
  private final Map<String, Operation> setByName = new HashMap<>();
  private final List<Operation> forgets = new ArrayList<>();
  private final List<Shown> shown = new ArrayList<>();
  private final Map<Integer, Integer> lastOfClient = new HashMap<>();
  private int now;

  /** Began after {@code from}, ended at {@code to}. */
  private record Operation(String member, int from, int to) {}

  /** An entry with a name, read after {@code from}. */
  private record Shown(Entry entry, int from) {}

  NamesStayForgotten(List<String> boards) {
    this.boards = boards;
  }

  @Override
  public void answered(Answered answered) {
    now++;
    int from = lastOfClient.getOrDefault(answered.client(), 0);
    lastOfClient.put(answered.client(), now);
    if (!(answered.outcome() instanceof Outcome.Replied(Message reply))) {
      return;
    }
    switch (answered.request()) {
      case SetDisplayNameRequest set ->
          setByName.put(set.getDisplayName(), new Operation(set.getMember(), from, now));
      case ForgetMemberRequest forget -> forgets.add(new Operation(forget.getMember(), from, now));
      default -> {
        switch (reply) {
          case Entry entry -> saw(entry, from);
          case ListEntriesResponse list -> list.getEntriesList().forEach(entry -> saw(entry, from));
          default -> {}
        }
      }
    }
  }

  private void saw(Entry entry, int from) {
    if (!entry.getDisplayName().isEmpty()) {
      shown.add(new Shown(entry, from));
    }
  }

  // Only at the end: a name may be shown before its client has the answer that it is set.
  private void check(Shown read) {
    String name = read.entry().getDisplayName();
    String member = read.entry().getMember();
    Operation set = setByName.get(name);
    for (Operation forget : forgets) {
      if (set != null
          && forget.member().equals(member)
          && set.to() <= forget.from()
          && forget.to() <= read.from()) {
        throw new AssertionError(
            "'%s' of %s was shown after it was forgotten".formatted(name, member));
      }
    }
  }

  @Override
  public void quiet(QuietNode node) {
    shown.forEach(this::check);
    for (String board : boards) {
      node.call(Requests.submit(board, "m0", 1), SubmitScoreResponse.class);
      node.call(DisplayNamesTest.set(board, "m0", "of " + board), SetDisplayNameResponse.class);
      expect(node, board, "of " + board);
    }
    node.call(DisplayNamesTest.forget("m0"), ForgetMemberResponse.class);
    for (String board : boards) {
      expect(node, board, "");
    }
    String first = boards.getFirst();
    node.call(DisplayNamesTest.set(first, "m0", "anew"), SetDisplayNameResponse.class);
    expect(node, first, "anew");
  }

  private static void expect(QuietNode node, String board, String name) {
    String is = node.call(Requests.get(board, "m0"), Entry.class).getDisplayName();
    if (!is.equals(name)) {
      throw new AssertionError("m0 on %s is shown as '%s', not '%s'".formatted(board, is, name));
    }
  }
}
