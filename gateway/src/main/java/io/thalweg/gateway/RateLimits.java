package io.thalweg.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.Failure;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much each project and each address has used of what it may. Remembers at most {@value
 * #MAX_ADDRESSES} addresses, and none that was quiet for a minute. When more come, those that came
 * least often are forgotten, so a crowd of addresses that come once makes none forgotten that comes
 * again and again. Thread-safe.
 */
final class RateLimits {
  static final int MAX_ADDRESSES = 100_000;
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final Security.Limits limits;
  private final Cache<Integer, TokenBucket> projectRequests = buckets();
  private final Cache<Integer, TokenBucket> projectBytes = buckets();
  private final Cache<InetAddress, TokenBucket> addressRequests = buckets();
  private final ConcurrentMap<Integer, Integer> watchers = new ConcurrentHashMap<>();
  private final Counter refusedRequests;
  private final Counter refusedBytes;
  private final Counter refusedWatchers;

  RateLimits(Security.Limits limits, MeterRegistry meters) {
    this.limits = limits;
    this.refusedRequests = refusals(meters, "requests");
    this.refusedBytes = refusals(meters, "bytes");
    this.refusedWatchers = refusals(meters, "watchers");
    int requests = limits.requestsPerSecond();
    fullest(meters, "requests", "project", projectRequests, requests);
    fullest(meters, "requests", "address", addressRequests, requests);
    fullest(meters, "bytes", "project", projectBytes, limits.bytesPerSecond());
    Fullest.register(
        meters,
        "watchers",
        "project",
        watchers::values,
        Integer::doubleValue,
        limits.watchersPerProject());
  }

  static Counter refusals(MeterRegistry meters, String what) {
    return Counter.builder("thalweg.gateway.limited")
        .description(
            "Requests refused since a project, an address or a connection was over its limit")
        .tag("limit", what)
        .register(meters);
  }

  private static <K> void fullest(
      MeterRegistry meters, String bound, String of, Cache<K, TokenBucket> buckets, int perSecond) {
    Fullest.register(
        meters,
        bound,
        of,
        () -> buckets.asMap().values(),
        bucket -> bucket.used(System.nanoTime()),
        perSecond);
  }

  private static <K> Cache<K, TokenBucket> buckets() {
    return Caffeine.newBuilder().maximumSize(MAX_ADDRESSES).expireAfterAccess(QUIET).build();
  }

  /** Whether an address may make one more request now; before anything of it is decoded. */
  void admit(@Nullable InetAddress address) {
    if (limits.requestsPerSecond() > 0 && address != null) {
      take(addressRequests, address, limits.requestsPerSecond(), 1, refusedRequests, "address");
    }
  }

  /** How many addresses are remembered. */
  long addresses() {
    addressRequests.cleanUp();
    return addressRequests.estimatedSize();
  }

  /** Whether what an address has used is remembered. */
  boolean remembers(InetAddress address) {
    return addressRequests.asMap().containsKey(address);
  }

  /**
   * Whether a project may make one more request now.
   *
   * @throws Failure RESOURCE_EXHAUSTED, with a time to come back
   */
  void admit(int project, long bytes) {
    if (limits.requestsPerSecond() > 0) {
      take(projectRequests, project, limits.requestsPerSecond(), 1, refusedRequests, "project");
    }
    if (limits.bytesPerSecond() > 0) {
      take(projectBytes, project, limits.bytesPerSecond(), bytes, refusedBytes, "project");
    }
  }

  private static <K> void take(
      Cache<K, TokenBucket> buckets,
      K key,
      int perSecond,
      long amount,
      Counter refused,
      String whose) {
    long nowNs = System.nanoTime();
    long waitNs = buckets.get(key, k -> new TokenBucket(perSecond, nowNs)).take(amount, nowNs);
    if (waitNs > 0) {
      refused.increment();
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "this %s is over its limit of %d %s a second"
              .formatted(whose, perSecond, refused.getId().getTag("limit")),
          Math.max(1, TimeUnit.NANOSECONDS.toMillis(waitNs)));
    }
  }

  /**
   * Takes the place of a watcher; give it back by {@link #leave}.
   *
   * @throws Failure RESOURCE_EXHAUSTED if the project has all of its places taken
   */
  void enter(int project) {
    int most = limits.watchersPerProject();
    int now = watchers.merge(project, 1, Integer::sum);
    if (most > 0 && now > most) {
      leave(project);
      refusedWatchers.increment();
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED, "this project has " + most + " watchers already", 1_000);
    }
  }

  void leave(int project) {
    watchers.computeIfPresent(project, (p, count) -> count == 1 ? null : count - 1);
  }
}
