package io.thalweg.client;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** What all requests of a client share. Thread-safe. */
final class ClientCore {
  private static final RandomGenerator RANDOM = () -> ThreadLocalRandom.current().nextLong();

  private final ClientOptions options;
  private final Connection connection;
  private final RetryBudget budget;
  private final Backoff backoff;
  private final RequestNames names = new RequestNames();
  private final Semaphore places;
  private final ConcurrentMap<String, RecentLatencies> latencies = new ConcurrentHashMap<>();

  ClientCore(ClientOptions options) {
    this.options = options;
    this.connection = new Connection(options);
    this.budget = new RetryBudget(options.retries(), System::nanoTime);
    this.backoff = new Backoff(options.retries(), RANDOM);
    this.places = new Semaphore(options.maxInFlight());
  }

  ClientOptions options() {
    return options;
  }

  Connection connection() {
    return connection;
  }

  RetryBudget budget() {
    return budget;
  }

  RequestNames names() {
    return names;
  }

  Backoff backoff() {
    return backoff;
  }

  /** Of a method's reads; there are as many as the contracts have methods. */
  RecentLatencies latencies(ServiceMethod<?, ?> method) {
    return latencies.computeIfAbsent(method.toString(), m -> new RecentLatencies());
  }

  /** Takes a place for a request in flight; false if all are taken. */
  boolean enter() {
    return places.tryAcquire();
  }

  void leave() {
    places.release();
  }
}
