package io.thalweg.runtime;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The frozen view that somebody asks a partition for; one at a time. Thread-safe. */
final class WantedView {
  private final AtomicReference<@Nullable ViewRequest> wanted = new AtomicReference<>();

  /** Asks for a view; one that is asked for already is refused. */
  void ask(ViewRequest request) {
    ViewRequest before = wanted.getAndSet(request);
    if (before != null) {
      before.refuse();
    }
  }

  boolean isAsked() {
    return wanted.get() != null;
  }

  /** Hands the request out, if there is one. */
  @Nullable ViewRequest take() {
    return wanted.getAndSet(null);
  }

  /** There will be no view. */
  void refuse() {
    ViewRequest request = take();
    if (request != null) {
      request.refuse();
    }
  }
}
