package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.log.PartitionId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests whose handler threw: counted, answered with INTERNAL, and logged once for each method
 * and type of error. What the error says may quote the request and is kept out of both.
 */
final class Poisons {
  private static final Logger LOG = LoggerFactory.getLogger(Poisons.class);
  private static final int MAX_LOGGED = 1000;

  private final PartitionId id;
  private final PartitionMetrics metrics;
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  Poisons(PartitionId id, PartitionMetrics metrics) {
    this.id = id;
    this.metrics = metrics;
  }

  /**
   * The answer to a request whose handler threw.
   *
   * @param method full name of the method, or the type of a message
   */
  Failure poisoned(String method, Throwable error, String effect) {
    metrics.poisons.increment();
    String key = method + " " + error.getClass().getName();
    if (logged.size() < MAX_LOGGED && logged.add(key)) {
      StackTraceElement[] trace = error.getStackTrace();
      LOG.error(
          "{}: a request could not be executed: {} at {} (logged once)",
          id,
          key,
          trace.length == 0 ? "unknown place" : trace[0]);
    }
    return Failure.of(
        Code.INTERNAL,
        "the request could not be executed: an error in %s (%s); %s"
            .formatted(method, error.getClass().getSimpleName(), effect));
  }
}
