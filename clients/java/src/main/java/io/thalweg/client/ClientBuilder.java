package io.thalweg.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Describes a client; begin with {@link ThalwegClient#at}. */
public final class ClientBuilder {
  private static final int MAX_IN_FLIGHT = 10_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration CONNECT_PAUSE = Duration.ofMillis(200);

  private final String url;
  private @Nullable Path caFile;
  private @Nullable Supplier<String> token;
  private boolean clearTextCredentials;
  private Duration timeout = TIMEOUT;
  private Duration connectTimeout = CONNECT_TIMEOUT;
  private int maxInFlight = MAX_IN_FLIGHT;
  private Retries retries = Retries.defaults();
  private Hedging hedging = Hedging.off();
  private ClientListener listener = ClientListener.NONE;

  ClientBuilder(String url) {
    this.url = url;
  }

  /** The secret of an API key, sent with every request. */
  public ClientBuilder apiKey(String secret) {
    if (secret.isBlank()) {
      throw new IllegalArgumentException("apiKey must not be empty");
    }
    return token(() -> secret);
  }

  /**
   * Gives the token of each attempt: an API key's secret or a signed token. Is asked for every
   * attempt, by the thread that sends it, so it should keep what it has; it may block while it gets
   * a new one.
   */
  public ClientBuilder token(Supplier<String> supplier) {
    token = Objects.requireNonNull(supplier, "token");
    return this;
  }

  /**
   * Sends credentials over http to other machines too, where everybody on the way can read them;
   * for networks that encrypt by themselves.
   */
  public ClientBuilder clearTextCredentials() {
    clearTextCredentials = true;
    return this;
  }

  /** A PEM file with the certificates to trust, in place of the JDK's. */
  public ClientBuilder caFile(Path file) {
    caFile = file;
    return this;
  }

  /**
   * How long a request may take, all attempts included; default 10 s, 1 ms to 1 hour. What is left
   * of it goes to the server with each attempt, which drops the request when it is over.
   */
  public ClientBuilder timeout(Duration value) {
    CallSettings.checkTimeout(value);
    timeout = value;
    return this;
  }

  /**
   * How long a connection may take to open, TLS included, before another one is tried; default 5 s,
   * 1 ms to 1 hour. Requests wait meanwhile, for as long as their timeout allows.
   */
  public ClientBuilder connectTimeout(Duration value) {
    CallSettings.checkTimeout(value);
    connectTimeout = value;
    return this;
  }

  /** Default: {@link Retries#defaults}. */
  public ClientBuilder retries(Retries value) {
    retries = value;
    return this;
  }

  /** Of reads; default: none. */
  public ClientBuilder hedging(Hedging value) {
    hedging = value;
    return this;
  }

  /** Most requests in flight; what comes beyond is refused at once. Default 10,000. */
  public ClientBuilder maxInFlight(int value) {
    Retries.check("maxInFlight", value, 1, 1_000_000);
    maxInFlight = value;
    return this;
  }

  /** Hears of requests, retries and hedges; for metrics. */
  public ClientBuilder listener(ClientListener value) {
    listener = value;
    return this;
  }

  /**
   * Makes the client. It connects with its first request.
   *
   * @throws IllegalArgumentException naming what is wrong: the url, the file of certificates, or
   *     credentials over http to another machine
   */
  public ThalwegClient open() {
    ServerAddress server = ServerAddress.of(url, caFile);
    if (token != null && !server.isPrivate() && !clearTextCredentials) {
      throw new IllegalArgumentException(
          "credentials over http to '"
              + server.host()
              + "' could be read on the way: use https://, or clearTextCredentials() if the network"
              + " encrypts by itself");
    }
    return new ThalwegClient(
        new ClientCore(
            new ClientOptions(
                server,
                token,
                timeout,
                CONNECT_PAUSE,
                connectTimeout,
                maxInFlight,
                retries,
                hedging,
                listener)));
  }
}
