package io.thalweg.jobs.faktory;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.RetryPolicy;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * A work unit of the protocol as a job: its JSON is the payload, as it came.
 *
 * @param queue where it goes
 * @param jid the client's id, which is the label of the job
 */
record WorkUnit(String queue, String jid, JobSpec spec) {
  private static final int DEFAULT_RETRY = 25;
  private static final int MAX_ATTEMPTS = 1_000;
  private static final int DEFAULT_PRIORITY = 5;
  private static final long FIRST_RETRY_MS = 15_000;
  private static final long MAX_RETRY_MS = 86_400_000;

  /** How long a worker has for a job that does not say, in seconds. */
  static final int DEFAULT_RESERVE_S = 1_800;

  /**
   * Reads a work unit.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  static WorkUnit of(JsonNode unit) {
    if (!unit.isObject()) {
      throw new IllegalArgumentException("a work unit must be a JSON object");
    }
    String jid = text(unit, "jid");
    String type = text(unit, "jobtype");
    if (!unit.path("args").isArray()) {
      throw new IllegalArgumentException("args must be an array");
    }
    String queue = unit.path("queue").asText("default");
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setType(type)
            .setLabel(jid)
            .setPayload(ByteString.copyFromUtf8(unit.toString()))
            .setPriority(unit.path("priority").asInt(DEFAULT_PRIORITY))
            // Whom it is done for, for a fair share between them.
            .setKey(unit.path("custom").path("fair_key").asText(""));
    int retry = unit.path("retry").asInt(DEFAULT_RETRY);
    spec.setRetry(
        RetryPolicy.newBuilder()
            .setMaxAttempts(Math.clamp(1L + Math.max(0, retry), 1, MAX_ATTEMPTS))
            .setFirstDelayMs(FIRST_RETRY_MS)
            .setMaxDelayMs(MAX_RETRY_MS));
    String at = unit.path("at").asText("");
    if (!at.isEmpty()) {
      spec.setRunTime(time(at));
    }
    return new WorkUnit(queue.isEmpty() ? "default" : queue, jid, spec.build());
  }

  /** How long a worker has for it, in seconds. */
  static int reserveSeconds(JsonNode unit) {
    return Math.clamp(unit.path("reserve_for").asLong(DEFAULT_RESERVE_S), 60, 86_400);
  }

  private static String text(JsonNode unit, String field) {
    String value = unit.path(field).asText("");
    if (value.isEmpty()) {
      throw new IllegalArgumentException(field + " must be a string that is not empty");
    }
    return value;
  }

  private static Timestamp time(String text) {
    try {
      Instant at = OffsetDateTime.parse(text).toInstant();
      return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("at must be a time of RFC 3339", e);
    }
  }
}
