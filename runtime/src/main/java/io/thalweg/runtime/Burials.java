package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.runtime.system.DeadLettered;

/**
 * Makes dead letters of what was refused for good, be it a message, a timer or the result of an
 * effect: that it is over and its letter are in the log as one command, so either both are there or
 * none.
 *
 * <p>Used by the partition's thread.
 */
final class Burials {
  private static final int MAX_REASON_CHARS = 1024;

  private final DeadLetterTable letters;
  private final Deciding deciding;
  private final MessageMetrics metrics;

  Burials(DeadLetterTable letters, Deciding deciding, MessageMetrics metrics) {
    this.letters = letters;
    this.deciding = deciding;
    this.metrics = metrics;
  }

  /** How many letters there are. */
  int size() {
    return letters.size();
  }

  /**
   * Buries what {@code over} says is over.
   *
   * @param over the record that it is received, fired or done
   * @param letter without time and slot
   * @return false if there is no room for another letter; then nothing was done
   */
  boolean bury(Caller caller, int slot, Message over, DeadLettered.Builder letter) {
    if (letters.isFull()) {
      metrics.deadLettersFull.increment();
      return false;
    }
    deciding.begin(caller, slot);
    deciding.decide(() -> {
      deciding.record(over);
      deciding.record(letter.setTimeUs(deciding.logTimeUs()).setSlot(slot).build());
      return over;
    });
    metrics.deadLettered.increment();
    return true;
  }

  /** A dead letter without source, time and slot. */
  static DeadLettered.Builder letter(String type, ByteString payload, Failure refusal) {
    String reason = refusal.status().getMessage();
    return DeadLettered.newBuilder()
        .setRequestType(type)
        .setPayload(payload)
        .setCode(refusal.code().getNumber())
        .setMessage(
            reason.length() <= MAX_REASON_CHARS ? reason : reason.substring(0, MAX_REASON_CHARS));
  }
}
