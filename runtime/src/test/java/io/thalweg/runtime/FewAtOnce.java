package io.thalweg.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Requests that are asked without waiting for each, and no more at once than a queue takes however
 * slow the machine is: {@link Admission} refuses what it cannot work off soon.
 */
final class FewAtOnce<R> {
  private final List<CompletableFuture<R>> all = new ArrayList<>();

  /** Adds one that was just asked; then waits, if they are many, until all have some answer. */
  void add(CompletableFuture<R> reply) {
    all.add(reply);
    if (all.size() % Admission.LEAST == 0) {
      all.subList(all.size() - Admission.LEAST, all.size())
          .forEach(each -> each.handle((done, failure) -> failure).join());
    }
  }

  /** All of them, in the order in which they were asked. */
  List<CompletableFuture<R>> all() {
    return all;
  }

  /** Waits for all; throws if one was refused. */
  void join() {
    all.forEach(CompletableFuture::join);
  }
}
