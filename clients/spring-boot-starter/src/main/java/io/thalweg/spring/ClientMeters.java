package io.thalweg.spring;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.thalweg.client.ClientListener;
import io.thalweg.client.ServiceMethod;
import java.util.concurrent.TimeUnit;

/**
 * {@code thalweg.client.requests} by method and code, {@code thalweg.client.resent} by method and
 * reason, {@code thalweg.client.refused} by method and bound, {@code
 * thalweg.client.watches.resumed}.
 */
final class ClientMeters implements ClientListener {
  private static final String METHOD = "method";

  private final MeterRegistry meters;

  ClientMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  @Override
  public void ended(ServiceMethod<?, ?> method, Code code, int attempts, long durationNs) {
    Timer.builder("thalweg.client.requests")
        .description("Requests from the call to their answer, with all attempts and pauses")
        .tag(METHOD, method.name())
        .tag("code", code.name())
        .register(meters)
        .record(durationNs, TimeUnit.NANOSECONDS);
  }

  @Override
  public void retried(ServiceMethod<?, ?> method) {
    resent(method, "retry");
  }

  @Override
  public void hedged(ServiceMethod<?, ?> method) {
    resent(method, "hedge");
  }

  private void resent(ServiceMethod<?, ?> method, String reason) {
    Counter.builder("thalweg.client.resent")
        .description("Attempts beyond the first ones")
        .tag(METHOD, method.name())
        .tag("reason", reason)
        .register(meters)
        .increment();
  }

  @Override
  public void overBudget(ServiceMethod<?, ?> method) {
    refused(method, "budget");
  }

  @Override
  public void overInFlight(ServiceMethod<?, ?> method) {
    refused(method, "inFlight");
  }

  private void refused(ServiceMethod<?, ?> method, String bound) {
    Counter.builder("thalweg.client.refused")
        .description("What was not sent, or not again, since a bound of the client was reached")
        .tag(METHOD, method.name())
        .tag("bound", bound)
        .register(meters)
        .increment();
  }

  @Override
  public void resumed(ServiceMethod<?, ?> method) {
    Counter.builder("thalweg.client.watches.resumed")
        .description("Watches that were cut and began again where they were")
        .tag(METHOD, method.name())
        .register(meters)
        .increment();
  }
}
