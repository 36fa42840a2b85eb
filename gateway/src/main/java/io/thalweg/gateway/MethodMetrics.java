package io.thalweg.gateway;

import com.google.rpc.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.Tracing;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one method by one protocol: {@code thalweg.gateway.requests}, a timer for each status
 * code, made when the code is first met, and {@code thalweg.gateway.latency}, percentiles of all of
 * them. Both count from when a request was read: what it waited before that, in a client or in the
 * network, is not in them (a load program that waits for answers before it asks again hides it
 * too). Begins and ends what is followed of them. Thread-safe.
 */
final class MethodMetrics {
  private static final int CODES = 17;
  private static final double[] PERCENTILES = {0.5, 0.9, 0.99, 0.999, 0.9999};

  private final MeterRegistry registry;
  private final Tracing tracing;
  private final String method;
  private final String protocol;
  private volatile @Nullable Timer latency;
  private final AtomicReferenceArray<Timer> timers = new AtomicReferenceArray<>(CODES);

  /** Of a watch, which is not followed. */
  MethodMetrics(MeterRegistry registry, MethodType method, String protocol) {
    this(registry, Tracing.OFF, method, protocol);
  }

  MethodMetrics(Backend backend, MethodType method, String protocol) {
    this(backend.meters(), backend.tracing(), method, protocol);
  }

  private MethodMetrics(
      MeterRegistry registry, Tracing tracing, MethodType method, String protocol) {
    this.registry = registry;
    this.tracing = tracing;
    this.method = method.fullName();
    this.protocol = protocol;
  }

  /** Whoever follows a request that was met at {@code startNs}; null if nobody does. */
  @Nullable Trace follow(long startNs, Tracing.Headers headers) {
    return tracing.begin(method, protocol, startNs, headers);
  }

  /** As {@link #record(Code, long)}, of a request that may be followed. */
  void record(Code code, long startNs, @Nullable Trace trace) {
    record(code, startNs);
    if (trace != null) {
      trace.end(code);
    }
  }

  /**
   * @param startNs {@link System#nanoTime()} when the request was met
   */
  void record(Code code, long startNs) {
    int number = code == Code.UNRECOGNIZED ? Code.UNKNOWN_VALUE : code.getNumber();
    long tookNs = System.nanoTime() - startNs;
    timer(number).record(tookNs, TimeUnit.NANOSECONDS);
    latency().record(tookNs, TimeUnit.NANOSECONDS);
  }

  /** Over all codes, as percentiles of the last minutes; made when the first request is met. */
  private Timer latency() {
    Timer timer = latency;
    if (timer == null) {
      timer =
          Timer.builder("thalweg.gateway.latency")
              .description("As thalweg.gateway.requests, over all codes, as percentiles")
              .tag("method", method)
              .tag("protocol", protocol)
              .publishPercentiles(PERCENTILES)
              .percentilePrecision(2)
              .register(registry);
      latency = timer;
    }
    return timer;
  }

  private Timer timer(int code) {
    Timer timer = timers.get(code);
    if (timer == null) {
      timer =
          Timer.builder("thalweg.gateway.requests")
              .description("Requests answered, from when they were read to when the answer was")
              .tag("method", method)
              .tag("protocol", protocol)
              .tag("code", String.valueOf(Code.forNumber(code)))
              .serviceLevelObjectives(
                  Duration.ofMillis(1),
                  Duration.ofMillis(5),
                  Duration.ofMillis(25),
                  Duration.ofMillis(100),
                  Duration.ofMillis(500),
                  Duration.ofSeconds(2))
              .register(registry);
      timers.set(code, timer);
    }
    return timer;
  }
}
