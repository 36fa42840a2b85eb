package io.thalweg.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.contract.Access;
import io.thalweg.edge.AuditListener;
import io.thalweg.edge.MethodAccess;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Says who did what is not everyday: requests that need ADMIN, what operators do, and what was
 * refused for want of permission. One line each in the log {@code thalweg.audit}, without payloads
 * and without secrets, and for whoever keeps it. The same refusal is said the first, second,
 * fourth, eighth time within ten seconds, and that somebody looks at the same once a minute: a page
 * that follows what it shows asks every second.
 */
final class Audit {
  private static final Logger log = LoggerFactory.getLogger("thalweg.audit");
  private static final int MAX_REFUSALS = 10_000;
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final int MAX_LOOKS = 10_000;
  private static final Duration LOOKING = Duration.ofMinutes(1);

  private final Counter refused;
  private final AuditListener listener;
  private final Cache<String, AtomicLong> said =
      Caffeine.newBuilder().maximumSize(MAX_REFUSALS).expireAfterWrite(PAUSE).build();

  private final Cache<String, Boolean> looking =
      Caffeine.newBuilder().maximumSize(MAX_LOOKS).expireAfterWrite(LOOKING).build();

  Audit(MeterRegistry meters, AuditListener listener) {
    this.listener = listener;
    refused =
        Counter.builder("thalweg.gateway.denied")
            .description("Requests refused for want of credentials or permission")
            .register(meters);
  }

  void allowed(Caller caller, MethodAccess method) {
    if (method.access() == Access.ADMIN) {
      did(caller, method.name());
    }
  }

  /** Somebody did what only operators may, or an admin. */
  void did(Caller caller, String what) {
    log.info("project={} principal={} did={}", caller.project(), quoted(caller.principal()), what);
    listener.heard(new AuditListener.Entry(caller, what, Code.OK, 0, traceId()));
  }

  /** Somebody looked at what only operators may, and changed nothing. */
  void looked(Caller caller, String at) {
    if (looking.asMap().putIfAbsent(keyOf(caller, at), true) == null) {
      did(caller, at);
    }
  }

  void refused(Caller caller, String what, Failure failure) {
    refused.increment();
    long times = said.get(keyOf(caller, what), k -> new AtomicLong()).incrementAndGet();
    if (Long.bitCount(times) == 1) {
      log.warn(
          "project={} principal={} refused={} code={} times={}",
          caller.project(),
          quoted(caller.principal()),
          what,
          failure.code(),
          times);
      listener.heard(new AuditListener.Entry(caller, what, failure.code(), times, traceId()));
    }
  }

  private static String keyOf(Caller caller, String what) {
    return caller.project() + " " + caller.principal() + " " + what;
  }

  /** Of the request that this thread is at; its log lines have it too. */
  private static @Nullable String traceId() {
    return MDC.get("trace_id");
  }

  private static String quoted(String text) {
    return "\"" + Failure.quote(text) + "\"";
  }
}
