package io.thalweg.spring;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about Thalweg.
 *
 * @param url where the server is, such as https://game.example:8443. Without it, and without
 *     thalweg.embedded.data, there is no client
 * @param apiKey secret of an API key, sent with every request
 * @param caFile PEM file with the certificates to trust in place of the JDK's
 * @param clearTextCredentials whether credentials may be sent over http to other machines
 * @param timeout of a request, all attempts included; 1 ms to 1 hour
 * @param maxInFlight most requests in flight; more are refused at once
 * @param maxAttempts how often a request is sent at most; 1: no retries
 * @param hedgeAfter time after which a read is sent a second time; unset: never
 * @param embedded a node inside this application
 */
@ConfigurationProperties("thalweg")
public record ThalwegProperties(
    @Nullable String url,
    @Nullable String apiKey,
    @Nullable Path caFile,
    @DefaultValue("false") boolean clearTextCredentials,
    @DefaultValue("10s") Duration timeout,
    @DefaultValue("10000") int maxInFlight,
    @DefaultValue("10") int maxAttempts,
    @Nullable Duration hedgeAfter,
    @DefaultValue Embedded embedded) {

  /**
   * A node with the leaderboard inside this application.
   *
   * @param data directory of its log; made if it is not there. Needs thalweg-leaderboard and
   *     thalweg-gateway on the class path
   * @param port that it listens on, on this machine only; 0: a free one
   */
  public record Embedded(@Nullable Path data, @DefaultValue("0") int port) {}
}
