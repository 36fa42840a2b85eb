package io.thalweg.edge;

import io.thalweg.runtime.Failure;
import java.util.concurrent.CompletableFuture;

/** Tells whose credentials are presented. Thread-safe; must not block. */
public interface Identities {
  /**
   * Whose a token is: an API key or a signed token.
   *
   * @return fails with a {@link Failure}: UNAUTHENTICATED if it is nobody's (any more), UNAVAILABLE
   *     if that cannot be told now
   */
  CompletableFuture<Identity> identify(Credentials.Token token);

  /**
   * The number of a project.
   *
   * @return fails with a {@link Failure}: NOT_FOUND if there is none of this name
   */
  CompletableFuture<Integer> projectNumber(String name);
}
