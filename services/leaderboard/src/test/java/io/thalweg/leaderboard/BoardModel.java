package io.thalweg.leaderboard;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a board does when nothing is concurrent. Answers are compared by what they say of members,
 * scores, ranks and seasons; the times in them are the log's.
 */
final class BoardModel implements SequentialModel<BoardModel.State, Message, Outcome> {
  private static final int ALL = 1_000;

  /**
   * A board, never changed: what follows is another.
   *
   * @param board null before its first score
   * @param names display names by member
   * @param seasons the final standings of those that have ended, the first one first
   */
  record State(@Nullable NaiveBoard board, Map<String, String> names, List<List<String>> seasons) {}

  /** What follows from an operation, and what its answer says. */
  private record Step(State state, List<String> says) {}

  @Override
  public State initial(String key) {
    return new State(null, Map.of(), List.of());
  }

  @Override
  public Optional<State> step(State state, Message request, Outcome outcome) {
    Step step = apply(state, request);
    return step.says().equals(says(outcome)) ? Optional.of(step.state()) : Optional.empty();
  }

  @Override
  public State stepUnknown(State state, Message request) {
    return apply(state, request).state();
  }

  @Override
  public boolean isRead(Message request) {
    return request instanceof GetEntryRequest
        || request instanceof ListEntriesRequest
        || request instanceof ListSeasonEntriesRequest;
  }

  private static Step apply(State state, Message request) {
    NaiveBoard board = state.board();
    if (request instanceof SubmitScoreRequest submit) {
      NaiveBoard after =
          board == null
              ? new NaiveBoard(Order.HIGH_FIRST, Operator.BEST, Ranking.ORDINAL, 0)
              : board.copy();
      double score = after.submit(submit.getMember(), submit.getScore());
      String line = after.rank(submit.getMember()) + " " + submit.getMember() + " " + score;
      return new Step(new State(after, state.names(), state.seasons()), List.of(line));
    }
    if (board == null) {
      return refused(state, Code.NOT_FOUND);
    }
    return switch (request) {
      case RemoveMemberRequest remove -> {
        NaiveBoard after = board.copy();
        Map<String, String> names = new HashMap<>(state.names());
        names.remove(remove.getMember());
        yield after.remove(remove.getMember())
            ? new Step(new State(after, Map.copyOf(names), state.seasons()), List.of())
            : refused(state, Code.NOT_FOUND);
      }
      case SetDisplayNameRequest set -> {
        Map<String, String> names = new HashMap<>(state.names());
        names.put(set.getMember(), set.getDisplayName());
        yield new Step(new State(board, Map.copyOf(names), state.seasons()), List.of());
      }
      case GetEntryRequest get ->
          board.rank(get.getMember()) == 0
              ? refused(state, Code.NOT_FOUND)
              : new Step(state, List.of(shown(state, ALL).get(board.rank(get.getMember()) - 1)));
      case ListEntriesRequest list -> new Step(state, shown(state, list.getPageSize()));
      case ResetBoardRequest _ -> {
        List<List<String>> seasons = new ArrayList<>(state.seasons());
        seasons.add(board.lines(Settings.DEFAULT_ARCHIVE_TOP));
        NaiveBoard after = board.copy();
        after.clear();
        yield new Step(
            new State(after, state.names(), List.copyOf(seasons)),
            List.of("season " + (seasons.size() + 1)));
      }
      case ListSeasonEntriesRequest list ->
          list.getSeason() > state.seasons().size()
              ? refused(state, Code.NOT_FOUND)
              : new Step(state, state.seasons().get(list.getSeason() - 1));
      default -> throw new IllegalArgumentException("no model of " + request.getClass());
    };
  }

  /** The first entries with the names that they are shown by. */
  private static List<String> shown(State state, int most) {
    return Objects.requireNonNull(state.board()).sorted().stream()
        .limit(most)
        .map(m ->
            state.board().rank(m.name())
                + " "
                + m.name()
                + " "
                + m.score()
                + " "
                + state.names().getOrDefault(m.name(), ""))
        .toList();
  }

  private static Step refused(State state, Code code) {
    return new Step(state, List.of(code.name()));
  }

  private static List<String> says(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(Code code) -> List.of(code.name());
      case Outcome.Replied(Message reply) ->
          switch (reply) {
            case SubmitScoreResponse r ->
                List.of(r.getRank() + " " + r.getMember() + " " + r.getScore());
            case RemoveMemberResponse _ -> List.of();
            case SetDisplayNameResponse _ -> List.of();
            case Entry entry -> shown(List.of(entry));
            case ListEntriesResponse r -> shown(r.getEntriesList());
            case ListSeasonEntriesResponse r -> lines(r.getEntriesList());
            case Board board -> List.of("season " + board.getSeason());
            default -> throw new IllegalArgumentException("no model of " + reply.getClass());
          };
    };
  }

  private static List<String> shown(List<Entry> entries) {
    return entries.stream()
        .map(e -> e.getRank() + " " + e.getMember() + " " + e.getScore() + " " + e.getDisplayName())
        .toList();
  }

  /** Entries as {@link NaiveBoard#lines} says them. */
  static List<String> lines(List<Entry> entries) {
    return entries.stream()
        .map(e -> e.getRank() + " " + e.getMember() + " " + e.getScore())
        .toList();
  }
}
