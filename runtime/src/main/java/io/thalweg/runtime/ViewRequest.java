package io.thalweg.runtime;

import io.thalweg.state.StateView;
import org.jspecify.annotations.Nullable;

/**
 * Asks a partition for a frozen view. The partition's thread answers it once; whoever asked takes
 * the view and closes it, or withdraws. Thread-safe.
 */
final class ViewRequest {
  private @Nullable StateView view;
  private boolean refused;
  private boolean withdrawn;

  /** The partition has frozen it. */
  void frozen(StateView frozen) {
    synchronized (this) {
      if (!withdrawn) {
        view = frozen;
        return;
      }
    }
    frozen.close();
  }

  /** The partition will not answer. */
  synchronized void refuse() {
    refused = true;
  }

  synchronized boolean isAnswered() {
    return view != null || refused;
  }

  /** The view, which is the caller's from now on; null if there is none: nobody waits any more. */
  synchronized @Nullable StateView take() {
    StateView taken = view;
    view = null;
    withdrawn = true;
    return taken;
  }
}
