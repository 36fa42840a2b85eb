package io.thalweg.gateway;

import com.google.rpc.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.thalweg.runtime.MethodType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Requests of one method by one protocol: {@code thalweg.gateway.requests}, a timer for each status
 * code, made when the code is first met. Thread-safe.
 */
final class MethodMetrics {
  private static final int CODES = 17;

  private final MeterRegistry registry;
  private final String method;
  private final String protocol;
  private final AtomicReferenceArray<Timer> timers = new AtomicReferenceArray<>(CODES);

  MethodMetrics(MeterRegistry registry, MethodType method, String protocol) {
    this.registry = registry;
    this.method = method.fullName();
    this.protocol = protocol;
  }

  /**
   * @param startNs {@link System#nanoTime()} when the request was met
   */
  void record(Code code, long startNs) {
    int number = code == Code.UNRECOGNIZED ? Code.UNKNOWN_VALUE : code.getNumber();
    timer(number).record(System.nanoTime() - startNs, TimeUnit.NANOSECONDS);
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
