package io.thalweg.client;

import com.google.rpc.Code;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what a client tells. */
final class Heard implements ClientListener {
  final AtomicInteger ok = new AtomicInteger();
  final AtomicInteger failed = new AtomicInteger();
  final AtomicInteger retried = new AtomicInteger();
  final AtomicInteger hedged = new AtomicInteger();
  final AtomicInteger overBudget = new AtomicInteger();
  final AtomicInteger overInFlight = new AtomicInteger();
  final AtomicInteger resumed = new AtomicInteger();

  @Override
  public void ended(ServiceMethod<?, ?> method, Code code, int attempts, long durationNs) {
    (code == Code.OK ? ok : failed).incrementAndGet();
  }

  @Override
  public void retried(ServiceMethod<?, ?> method) {
    retried.incrementAndGet();
  }

  @Override
  public void hedged(ServiceMethod<?, ?> method) {
    hedged.incrementAndGet();
  }

  @Override
  public void overBudget(ServiceMethod<?, ?> method) {
    overBudget.incrementAndGet();
  }

  @Override
  public void overInFlight(ServiceMethod<?, ?> method) {
    overInFlight.incrementAndGet();
  }

  @Override
  public void resumed(ServiceMethod<?, ?> method) {
    resumed.incrementAndGet();
  }
}
