package io.thalweg.spring;

import io.thalweg.client.ClientBuilder;

/**
 * A bean of this kind may change the client before it is opened: a supplier of tokens, a budget of
 * retries. Runs after the properties were applied.
 */
@FunctionalInterface
public interface ThalwegClientCustomizer {
  void customize(ClientBuilder builder);
}
