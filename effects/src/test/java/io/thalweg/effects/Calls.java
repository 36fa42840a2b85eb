package io.thalweg.effects;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.HttpEffect.Method;
import java.net.InetAddress;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** Makes calls in tests, and waits for them. */
final class Calls {
  /** Long enough that no call ends by it on a busy machine. */
  static final int AMPLE_MS = 60_000;

  /** For calls that cannot end but by their time. */
  static final int SHORT_MS = 300;

  /** The same, where the call must first get as far as to send its request. */
  static final int SENT_MS = 4_000;

  private Calls() {}

  static EffectOptions loopback() {
    return EffectOptions.defaults().withAllowed(List.of("127.0.0.0/8"), Set.of(), Set.of());
  }

  static HttpEffects start(EffectOptions options, HostLookup.Names names) {
    try {
      return HttpEffects.start(
          options,
          new SimpleMeterRegistry(),
          names,
          InstantSource.system(),
          SSLContext.getDefault());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static HttpEffects start(EffectOptions options) {
    return start(options, InetAddress::getAllByName);
  }

  static HttpEffect get(String url) {
    return get(url, AMPLE_MS);
  }

  static HttpEffect get(String url, int timeoutMs) {
    return new HttpEffect(Method.GET, url, List.of(), ByteString.EMPTY, timeoutMs);
  }

  static HttpEffect post(String url, String body) {
    return new HttpEffect(Method.POST, url, List.of(), ByteString.copyFromUtf8(body), AMPLE_MS);
  }

  static CompletableFuture<EffectOutcome> begin(HttpEffects effects, HttpEffect request) {
    CompletableFuture<EffectOutcome> outcome = new CompletableFuture<>();
    effects.perform(
        new EffectAttempt("effect_1", 1, request),
        value -> {
          if (!outcome.complete(value)) {
            throw new IllegalStateException("done twice");
          }
        });
    return outcome;
  }

  static EffectOutcome await(CompletableFuture<EffectOutcome> outcome) {
    return outcome.orTimeout(60, TimeUnit.SECONDS).join();
  }

  static EffectOutcome call(HttpEffects effects, HttpEffect request) {
    return await(begin(effects, request));
  }

  static Responded answer(HttpEffects effects, HttpEffect request) {
    return switch (call(effects, request)) {
      case Responded responded -> responded;
      case Failed failed -> throw new AssertionError(failed.toString());
    };
  }

  static Failed failure(HttpEffects effects, HttpEffect request) {
    return switch (call(effects, request)) {
      case Failed failed -> failed;
      case Responded responded -> throw new AssertionError(responded.toString());
    };
  }
}
