package io.thalweg.keys;

import io.thalweg.contract.Guard;
import io.thalweg.keys.v1.GuardRaised;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.FencingGuard;

/**
 * What a namespace was shown of locks. A newer token is an event of its own: also a request that
 * changes nothing else shuts out those who were before.
 */
final class Guards {
  private final FencingGuard tokens;

  Guards(FencingGuard tokens) {
    this.tokens = tokens;
  }

  /**
   * Checks the guard of a request.
   *
   * @throws Failure as {@link FencingGuard#check}
   */
  void check(Namespace namespace, boolean given, Guard guard, CommandContext context) {
    if (!given) {
      return;
    }
    String resource = resource(namespace.id());
    tokens.check(guard, resource);
    if (guard.getToken() > tokens.highest(guard.getLock(), resource)) {
      context.emit(GuardRaised.newBuilder().setNamespaceId(namespace.id()).setGuard(guard).build());
    }
  }

  void raised(GuardRaised event) {
    tokens.seen(event.getGuard(), resource(event.getNamespaceId()));
  }

  void forget(long namespaceId) {
    tokens.forget(resource(namespaceId));
  }

  private static String resource(long namespaceId) {
    return Long.toString(namespaceId);
  }
}
