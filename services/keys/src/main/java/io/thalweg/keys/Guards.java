package io.thalweg.keys;

import io.thalweg.keys.v1.Guard;
import io.thalweg.keys.v1.GuardRaised;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;

/**
 * Keeps the highest token of each lock that a namespace was shown, and refuses older ones: so a
 * holder that was stopped for longer than its lock lasts cannot change anything any more.
 */
final class Guards {
  private final Tables tables;

  Guards(Tables tables) {
    this.tables = tables;
  }

  /**
   * Checks the guard of a request.
   *
   * @throws Failure FAILED_PRECONDITION if a newer one was seen; RESOURCE_EXHAUSTED at the bound
   */
  void check(Namespace namespace, boolean given, Guard guard, CommandContext context) {
    if (!given) {
      return;
    }
    Long newest = tables.guards().get(new Pair<>(namespace.id(), guard.getLock()));
    if (newest != null && guard.getToken() < newest) {
      throw Bounds.refused(
          "guard.token %d of lock '%s' is older than %d, the newest that namespace '%s' has seen"
              .formatted(
                  guard.getToken(), Failure.quote(guard.getLock()), newest, namespace.name()));
    }
    if (newest == null || guard.getToken() > newest) {
      if (newest == null && tables.cursor(namespace).getGuards() >= Bounds.MAX_GUARDS) {
        throw Bounds.exhausted(
            "namespace '%s' keeps the tokens of %d locks; no more can be added"
                .formatted(namespace.name(), Bounds.MAX_GUARDS));
      }
      context.emit(
          GuardRaised.newBuilder()
              .setNamespaceId(namespace.id())
              .setLock(guard.getLock())
              .setToken(guard.getToken())
              .build());
    }
  }
}
