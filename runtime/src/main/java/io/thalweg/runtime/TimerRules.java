package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.system.TimerSet;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** What a command may schedule. Used by the partition's thread. */
final class TimerRules {
  static final int MAX_NAME_BYTES = 128;
  static final int MAX_REQUEST_BYTES = 64 << 10;
  private static final long MAX_AHEAD_US = TimeUnit.DAYS.toMicros(36_525);
  private static final long FULL_RETRY_MS = 60_000;

  private final String service;
  private final Timers timers;

  TimerRules(String service, Timers timers) {
    this.service = service;
    this.timers = timers;
  }

  /**
   * The record of a timer, if it may be set.
   *
   * @param route what executes the request
   * @param slot of the command that sets it
   * @throws Failure INVALID_ARGUMENT naming the bound; RESOURCE_EXHAUSTED if there are too many
   * @throws IllegalArgumentException if the request is of another service or slot
   */
  TimerSet set(
      String name, long atUs, Message request, Routes.Command route, int slot, long logTimeUs) {
    String type = request.getDescriptorForType().getFullName();
    if (!route.service().equals(service)) {
      throw new IllegalArgumentException(
          "a timer executes a command of its own service; %s is one of '%s'"
              .formatted(type, route.service()));
    }
    if (Slots.slotOf(route.method().keyOf(request)) != slot) {
      throw new IllegalArgumentException(
          "the timer's request (%s) must have a routing key of the slot of this command"
              .formatted(type));
    }
    checkName(name);
    if (atUs < 0 || atUs > logTimeUs + MAX_AHEAD_US) {
      throw Failure.invalid(
          "timer at_us", "must be from 0 to 100 years from now, in microseconds; got " + atUs);
    }
    if (request.getSerializedSize() > MAX_REQUEST_BYTES) {
      throw Failure.invalid(
          "timer request",
          "must have at most %d bytes; got %d"
              .formatted(MAX_REQUEST_BYTES, request.getSerializedSize()));
    }
    route.method().rules().check(request);
    if (timers.count() >= Timers.MAX_TIMERS && !timers.isSet(name)) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "this partition has %d timers, the most that it may".formatted(Timers.MAX_TIMERS),
          FULL_RETRY_MS);
    }
    return TimerSet.newBuilder()
        .setName(name)
        // One in the past is due now: set again and again it must not keep others from firing.
        .setAtUs(Math.max(atUs, logTimeUs))
        .setRequestType(type)
        .setPayload(request.toByteString())
        .build();
  }

  static void checkName(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > MAX_NAME_BYTES) {
      throw Failure.invalid(
          "timer name",
          "must have 1 to %d bytes of UTF-8; got %d".formatted(MAX_NAME_BYTES, bytes));
    }
  }
}
