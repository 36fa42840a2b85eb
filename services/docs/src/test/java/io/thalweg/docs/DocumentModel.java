package io.thalweg.docs;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.EditDocumentRequest;
import io.thalweg.docs.v1.EditDocumentResponse;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.ReadVersionRequest;
import io.thalweg.docs.v1.ReadVersionResponse;
import io.thalweg.docs.v1.RestoreVersionRequest;
import io.thalweg.docs.v1.RestoreVersionResponse;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a document does when nothing is concurrent, seen as the words in it: each update brings a
 * word of its own, each edit a further "s", and going back to a version brings words back and takes
 * others away. Nothing of it knows how documents are merged, or how history is kept.
 */
final class DocumentModel implements SequentialModel<DocumentModel.State, Message, Outcome> {
  /**
   * A document.
   *
   * @param known words that came, shown or not
   * @param versions what is shown after each version, from 0 on: each word with a number of its own
   * @param next the next number
   * @param retired words of documents of this name that were deleted
   * @param gone the last one was deleted, and no new one was made
   */
  record State(
      boolean isThere,
      Set<String> known,
      List<Map<Integer, String>> versions,
      int next,
      Set<String> retired,
      boolean gone) {
    static final State NEW = new State(false, Set.of(), List.of(Map.of()), 0, Set.of(), false);

    long version() {
      return versions.size() - 1L;
    }

    Map<Integer, String> shown() {
      return versions.getLast();
    }

    State showing(Map<Integer, String> words, Set<String> nowKnown, int nowNext) {
      List<Map<Integer, String>> longer = new ArrayList<>(versions);
      longer.add(words);
      return new State(true, nowKnown, longer, nowNext, retired, false);
    }
  }

  private record Step(State state, List<String> says) {}

  /** The update that brings word number {@code i}; the larger ones make documents merge. */
  static byte[] word(int i) {
    String text = "w" + i + "x".repeat(i % 3 == 0 ? 9_000 : 0) + " ";
    return new YDoc().edit(1_000 + i, edit -> edit.insertText("t", 0, text));
  }

  @Override
  public State initial(String key) {
    return State.NEW;
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
    return request instanceof ReadDocumentRequest || request instanceof ReadVersionRequest;
  }

  private static Step apply(State state, Message request) {
    return switch (request) {
      case ApplyUpdateRequest apply -> {
        String word = YDoc.of(apply.getUpdate().toByteArray()).text("t").strip();
        if (state.gone() || state.retired().contains(word)) {
          yield new Step(state, List.of(Code.FAILED_PRECONDITION.name()));
        }
        boolean known = state.known().contains(word);
        State after = known ? state : with(state, word, true);
        yield new Step(after, List.of(!known + " " + after.version()));
      }
      case EditDocumentRequest _ -> {
        if (state.gone()) {
          yield new Step(state, List.of(Code.FAILED_PRECONDITION.name()));
        }
        State after = with(state, "s", false);
        yield new Step(after, List.of("edited " + after.version()));
      }
      case CreateDocumentRequest _ -> {
        State after =
            state.isThere()
                ? state
                : new State(true, Set.of(), List.of(Map.of()), 0, state.retired(), false);
        yield new Step(after, List.of("there " + after.version()));
      }
      case DeleteDocumentRequest _ -> {
        Set<String> retired = new TreeSet<>(state.retired());
        retired.addAll(state.known());
        State after =
            state.isThere()
                ? new State(false, Set.of(), List.of(Map.of()), 0, retired, true)
                : state;
        yield new Step(after, List.of("deleted " + state.isThere()));
      }
      case ReadDocumentRequest _ ->
          new Step(
              state,
              List.of(
                  state.isThere()
                      ? count(state.shown().values()) + " at " + state.version()
                      : Code.NOT_FOUND.name()));
      case ReadVersionRequest read -> {
        long version = read.getVersion();
        yield new Step(
            state,
            List.of(
                !state.isThere()
                    ? Code.NOT_FOUND.name()
                    : version > state.version()
                        ? Code.OUT_OF_RANGE.name()
                        : count(state.versions().get((int) version).values()) + " at " + version));
      }
      case RestoreVersionRequest restore -> restored(state, restore.getVersion());
      default -> throw new IllegalArgumentException("no model of " + request.getClass());
    };
  }

  /** What is in both stays what it is; what comes back is new. */
  private static Step restored(State state, long version) {
    if (!state.isThere()) {
      return new Step(state, List.of(Code.NOT_FOUND.name()));
    }
    if (version > state.version()) {
      return new Step(state, List.of(Code.OUT_OF_RANGE.name()));
    }
    Map<Integer, String> wanted = state.versions().get((int) version);
    Map<Integer, String> shown = new TreeMap<>();
    int next = state.next();
    for (Map.Entry<Integer, String> word : wanted.entrySet()) {
      shown.put(state.shown().containsKey(word.getKey()) ? word.getKey() : next++, word.getValue());
    }
    State after = shown.equals(state.shown()) ? state : state.showing(shown, state.known(), next);
    return new Step(after, List.of("restored " + version + " " + after.version()));
  }

  private static State with(State state, String word, boolean unique) {
    Map<Integer, String> shown = new TreeMap<>(state.shown());
    shown.put(state.next(), word);
    Set<String> known = new TreeSet<>(state.known());
    if (unique) {
      known.add(word);
    }
    return state.showing(shown, known, state.next() + 1);
  }

  private static List<String> says(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(Code code) -> List.of(code.name());
      case Outcome.Replied(Message reply) -> new ArrayList<>(List.of(says(reply)));
    };
  }

  private static String says(Message reply) {
    return switch (reply) {
      case ApplyUpdateResponse applied -> applied.getChanged() + " " + applied.getVersion();
      case EditDocumentResponse edited -> "edited " + edited.getVersion();
      case DeleteDocumentResponse deleted -> "deleted " + deleted.getDeleted();
      case ReadDocumentResponse read -> words(read.getContent()) + " at " + read.getVersion();
      case ReadVersionResponse read -> words(read.getContent()) + " at " + read.getVersion();
      case RestoreVersionResponse restored ->
          "restored " + restored.getRestored() + " " + restored.getVersion();
      case Document created -> "there " + created.getVersion();
      default -> throw new IllegalArgumentException("no answer: " + reply.getClass());
    };
  }

  private static Map<String, Integer> words(String text) {
    return count(Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).toList());
  }

  private static Map<String, Integer> count(Collection<String> all) {
    Map<String, Integer> words = new TreeMap<>();
    all.forEach(word -> words.merge(word, 1, Integer::sum));
    return words;
  }
}
