package io.thalweg.effects;

import com.google.protobuf.ByteString;
import io.thalweg.effects.ResponseReader.BodyCut;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectUrl;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.HttpHeader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One attempt, on a thread of its own that waits: find the addresses once, check them all, connect
 * to one of the very addresses that were checked, send, read. The pool keeps connections by
 * address, so one to an address that the name no longer has is not used again.
 */
final class HttpCall {
  /** What a call needs of its performer. */
  record Tools(
      EffectOptions options,
      AddressRules rules,
      HostLookup lookup,
      CloseableHttpAsyncClient client,
      InstantSource clock) {}

  private final Tools tools;
  private final EffectAttempt attempt;
  private final HttpEffect request;
  private final EffectUrl url;
  private final long deadlineNs;

  HttpCall(Tools tools, EffectAttempt attempt, EffectUrl url) {
    this.tools = tools;
    this.attempt = attempt;
    this.request = attempt.request();
    this.url = url;
    deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(request.timeoutMs());
  }

  /**
   * Makes the attempt.
   *
   * @throws InterruptedException if the thread was interrupted; nothing goes on after that
   */
  EffectOutcome run() throws InterruptedException {
    if (!tools.rules.allowsPort(url.port())) {
      return new Failed(Kind.REFUSED_ADDRESS, "port " + url.port() + " may not be called");
    }
    List<InetAddress> addresses;
    String name = url.host();
    try {
      Optional<InetAddress> literal = HostLookup.literal(url.host());
      if (literal.isPresent()) {
        addresses = List.of(literal.get());
        name = literal.get().getHostAddress();
      } else {
        addresses = tools.lookup.resolve(url.host(), remainingNs());
      }
    } catch (IllegalArgumentException e) {
      return new Failed(Kind.REFUSED_ADDRESS, url.host() + " is not an address to call");
    } catch (UnknownHostException e) {
      return new Failed(Kind.DNS, "no address found for " + url.host());
    } catch (TimeoutException e) {
      return timeout("looking up " + url.host());
    }
    if (!tools.rules.allowsHost(url.host())) {
      for (InetAddress address : addresses) {
        Optional<String> refusal = tools.rules.refusal(address);
        if (refusal.isPresent()) {
          return new Failed(
              Kind.REFUSED_ADDRESS,
              url.host() + " leads to " + refusal.get() + ", which may not be called");
        }
      }
    }
    EffectOutcome outcome = new Failed(Kind.CONNECT, "no address");
    for (InetAddress address : addresses) {
      outcome = exchange(new HttpHost(url.scheme(), address, name, url.port()));
      if (!(outcome instanceof Failed failed) || failed.kind() != Kind.CONNECT) {
        break;
      }
    }
    return outcome;
  }

  private EffectOutcome exchange(HttpHost target) throws InterruptedException {
    long remainingMs = TimeUnit.NANOSECONDS.toMillis(remainingNs());
    if (remainingMs < 1) {
      return timeout("connecting");
    }
    HttpClientContext context = HttpClientContext.create();
    context.setRequestConfig(
        RequestConfig.custom()
            .setConnectionRequestTimeout(Timeout.ofMilliseconds(remainingMs))
            .setAuthenticationEnabled(false)
            .setProtocolUpgradeEnabled(false)
            .build());
    AtomicBoolean connected = new AtomicBoolean();
    context.setAttribute(Connections.CONNECTED, connected);
    ResponseReader reader = new ResponseReader();
    Future<EffectOutcome.Responded> response =
        tools.client.execute(
            target, new BasicRequestProducer(message(target), body()), reader, null, context, null);
    try {
      return response.get(remainingNs(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return timeout(phase(connected.get(), reader));
    } catch (CancellationException e) {
      return new Failed(Kind.CLOSED, "closed while " + phase(connected.get(), reader));
    } catch (ExecutionException e) {
      return failure(e.getCause(), connected.get(), reader);
    } finally {
      if (!response.isDone()) {
        response.cancel(true);
      }
    }
  }

  private EffectOutcome failure(
      @Nullable Throwable cause, boolean connected, ResponseReader reader) {
    String what = cause == null ? "unknown" : cause.getClass().getSimpleName();
    return switch (cause) {
      case BodyCut cut -> cut.response;
      case MessageConstraintException e ->
          new Failed(
              Kind.TOO_LARGE,
              "the head of the response has more than "
                  + Connections.MAX_HEADERS
                  + " headers or a line of more than "
                  + Connections.MAX_LINE_BYTES
                  + " bytes");
      case SSLException e when !connected -> new Failed(Kind.TLS, "TLS failed: " + e.getMessage());
      case ConnectTimeoutException e ->
          new Failed(
              Kind.CONNECT, "no connection within " + tools.options.connectTimeoutMs() + " ms");
      case InterruptedIOException e -> timeout(phase(connected, reader));
      case IOException e when !connected -> new Failed(Kind.CONNECT, "cannot connect: " + what);
      case null, default ->
          new Failed(Kind.IO, "broken off while " + phase(connected, reader) + ": " + what);
    };
  }

  private BasicHttpRequest message(HttpHost target) {
    BasicHttpRequest message = new BasicHttpRequest(request.method().name(), target, url.path());
    message.setAuthority(
        new URIAuthority(target.getHostName(), url.hasDefaultPort() ? -1 : url.port()));
    for (HttpHeader header : request.headers()) {
      message.addHeader(header.name(), header.value());
    }
    message.addHeader("thalweg-attempt", Integer.toString(attempt.attempt()));
    long nowSeconds = tools.clock.instant().getEpochSecond();
    message.addHeader("webhook-id", attempt.id());
    message.addHeader("webhook-timestamp", Long.toString(nowSeconds));
    List<SigningKey> keys = tools.options.keysFor(url.host());
    if (!keys.isEmpty()) {
      byte[] body = request.body().toByteArray();
      message.addHeader(
          "webhook-signature",
          keys.stream()
              .map(key -> key.sign(attempt.id(), nowSeconds, body))
              .collect(Collectors.joining(" ")));
    }
    return message;
  }

  /** A body, also an empty one, where the method is about one. */
  private @Nullable AsyncEntityProducer body() {
    ByteString body = request.body();
    boolean expected =
        switch (request.method()) {
          case POST, PUT, PATCH -> true;
          case GET, DELETE -> false;
        };
    return body.isEmpty() && !expected
        ? null
        : new BasicAsyncEntityProducer(body.toByteArray(), null);
  }

  private Failed timeout(String phase) {
    return new Failed(
        Kind.TIMEOUT, "not done within " + request.timeoutMs() + " ms; it was " + phase);
  }

  private static String phase(boolean connected, ResponseReader reader) {
    if (reader.begun()) {
      return "reading the response";
    }
    return connected ? "waiting for the response" : "connecting";
  }

  private long remainingNs() {
    return Math.max(0, deadlineNs - System.nanoTime());
  }
}
