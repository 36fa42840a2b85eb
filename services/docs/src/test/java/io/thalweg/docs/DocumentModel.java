package io.thalweg.docs;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.EditDocumentRequest;
import io.thalweg.docs.v1.EditDocumentResponse;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a document does when nothing is concurrent, seen as the words in it: each update brings a
 * word of its own, each edit a further "s". Nothing of it knows how documents are merged.
 */
final class DocumentModel implements SequentialModel<DocumentModel.State, Message, Outcome> {
  /** Words, each with how often it stands in the text. */
  record State(boolean isThere, Map<String, Integer> words, long version) {}

  private record Step(State state, List<String> says) {}

  /** The update that brings word number {@code i}; the larger ones make documents merge. */
  static byte[] word(int i) {
    String text = "w" + i + "x".repeat(i % 3 == 0 ? 9_000 : 0) + " ";
    return new YDoc().edit(1_000 + i, edit -> edit.insertText("t", 0, text));
  }

  @Override
  public State initial(String key) {
    return new State(false, Map.of(), 0);
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
    return request instanceof ReadDocumentRequest;
  }

  private static Step apply(State state, Message request) {
    return switch (request) {
      case ApplyUpdateRequest apply -> {
        String word = YDoc.of(apply.getUpdate().toByteArray()).text("t").strip();
        boolean known = state.words().containsKey(word);
        State after = known ? state : with(state, word);
        yield new Step(after, List.of(!known + " " + after.version()));
      }
      case EditDocumentRequest _ -> {
        State after = with(state, "s");
        yield new Step(after, List.of("edited " + after.version()));
      }
      case DeleteDocumentRequest _ ->
          new Step(new State(false, Map.of(), 0), List.of("deleted " + state.isThere()));
      case ReadDocumentRequest _ ->
          new Step(
              state,
              List.of(
                  state.isThere()
                      ? state.words() + " at " + state.version()
                      : Code.NOT_FOUND.name()));
      default -> throw new IllegalArgumentException("no model of " + request.getClass());
    };
  }

  private static State with(State state, String word) {
    Map<String, Integer> words = new TreeMap<>(state.words());
    words.merge(word, 1, Integer::sum);
    return new State(true, words, state.version() + 1);
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
      default -> throw new IllegalArgumentException("no answer: " + reply.getClass());
    };
  }

  private static Map<String, Integer> words(String text) {
    Map<String, Integer> words = new TreeMap<>();
    Arrays.stream(text.split(" "))
        .filter(word -> !word.isEmpty())
        .forEach(word -> words.merge(word, 1, Integer::sum));
    return words;
  }
}
