package io.thalweg.client.jobs;

import io.thalweg.client.ThalwegClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What a {@link Worker} is made of. */
public final class WorkerBuilder {
  final ThalwegClient client;
  final String queue;
  final Map<String, JobHandler> handlers = new HashMap<>();
  @Nullable JobHandler others;
  String name = "java-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
  int concurrency = 10;
  Duration lease = Duration.ofSeconds(30);
  Duration drain = Duration.ofSeconds(30);

  WorkerBuilder(ThalwegClient client, String queue) {
    this.client = client;
    this.queue = queue;
  }

  /** Who does jobs of a type. A job of a type that nobody does fails, and is tried again. */
  public WorkerBuilder handle(String type, JobHandler handler) {
    handlers.put(type, handler);
    return this;
  }

  /** Who does jobs of all other types. */
  public WorkerBuilder handleOthers(JobHandler handler) {
    others = handler;
    return this;
  }

  /** Shown with its jobs; 1 to 128 bytes. Default: drawn at random. */
  public WorkerBuilder name(String value) {
    name = value;
    return this;
  }

  /** The most jobs at once, 1 to 1,000. Default: 10. */
  public WorkerBuilder concurrency(int value) {
    if (value < 1 || value > 1_000) {
      throw new IllegalArgumentException("concurrency must be from 1 to 1000; got " + value);
    }
    concurrency = value;
    return this;
  }

  /**
   * How long a lease is, 100 ms to a day; heartbeats extend it three times in that time. So long
   * after a worker was killed others get its jobs. Default: 30 s.
   */
  public WorkerBuilder lease(Duration value) {
    if (value.toMillis() < 100 || value.toMillis() > 86_400_000) {
      throw new IllegalArgumentException("lease must be from 100 ms to a day; got " + value);
    }
    lease = value;
    return this;
  }

  /** How long {@link Worker#close} waits for jobs before it interrupts them. Default: 30 s. */
  public WorkerBuilder drain(Duration value) {
    drain = value;
    return this;
  }

  /** Begins to work. */
  public Worker start() {
    if (handlers.isEmpty() && others == null) {
      throw new IllegalArgumentException("a worker needs a handler");
    }
    Worker worker = new Worker(this);
    worker.begin();
    return worker;
  }
}
