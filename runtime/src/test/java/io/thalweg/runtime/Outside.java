package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectOutcome.Responded;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The world outside in tests: keeps what it was asked, and answers when it is told to. */
final class Outside implements EffectPerformer {
  static final EffectOutcome OK = new Responded(200, List.of(), ByteString.EMPTY, false);
  static final EffectOutcome GONE = new Responded(410, List.of(), ByteString.EMPTY, false);
  static final EffectOutcome AWAY = new Failed(Kind.CONNECT, "nobody is there");

  private final Function<EffectAttempt, @Nullable EffectOutcome> answers;
  private final List<Call> calls = new ArrayList<>();

  /** An attempt, and who waits for its outcome. */
  record Call(EffectAttempt attempt, Consumer<EffectOutcome> done) {}

  /** Answers at once what {@code answers} says; keeps those open that it says null to. */
  Outside(Function<EffectAttempt, @Nullable EffectOutcome> answers) {
    this.answers = answers;
  }

  /** Answers nothing by itself. */
  static Outside silent() {
    return new Outside(attempt -> null);
  }

  static Outside always(EffectOutcome outcome) {
    return new Outside(attempt -> outcome);
  }

  @Override
  public void perform(EffectAttempt attempt, Consumer<EffectOutcome> done) {
    EffectOutcome outcome = answers.apply(attempt);
    synchronized (this) {
      calls.add(new Call(attempt, done));
    }
    if (outcome != null) {
      done.accept(outcome);
    }
  }

  synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  List<String> ids() {
    return calls().stream().map(call -> call.attempt().id()).toList();
  }

  List<Integer> attempts() {
    return calls().stream().map(call -> call.attempt().attempt()).toList();
  }
}
