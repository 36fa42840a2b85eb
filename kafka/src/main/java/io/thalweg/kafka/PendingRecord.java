package io.thalweg.kafka;

/** A batch of a leader that is on its way. Guarded by its partition. */
final class PendingRecord {
  final byte[] bytes;
  final int crc;

  /** Its Kafka offset once it was acknowledged; -1 before. */
  long offset = -1;

  PendingRecord(byte[] bytes, int crc) {
    this.bytes = bytes;
    this.crc = crc;
  }
}
