package io.thalweg.runtime;

import com.google.rpc.Code;
import java.util.HexFormat;

/**
 * One request that is followed on its way; see {@link Tracing}. Used by one thread at a time: what
 * hands the request on from thread to thread hands this on with it. Must not block or throw.
 */
public interface Trace {
  /** Bytes of {@link #context}. */
  int CONTEXT_BYTES = 24;

  /** Bytes of the trace's id, with which a context begins. */
  int ID_BYTES = 16;

  /** Where a request comes by in a partition, in this order; it may leave the way anywhere. */
  enum Station {
    /** It is in the queue of its partition. */
    QUEUED,
    /** The partition's thread has taken it. */
    TAKEN,
    /** Its handler has decided; the answer waits for the disk. */
    DECIDED,
    /** All that the answer has seen is durable. */
    DURABLE
  }

  /** As it stands in the header of each event: 16 bytes of trace id, 8 bytes of span id. */
  byte[] context();

  /**
   * The request has come to a station.
   *
   * @param atNs of the host's monotonic clock
   */
  void at(Station station, long atNs);

  /** The request was answered. Whatever comes after is not heard. */
  void end(Code code);

  /** The trace's id in hexadecimal, as W3C has it. */
  default String id() {
    return HexFormat.of().formatHex(context(), 0, ID_BYTES);
  }

  /** What the W3C header {@code traceparent} says of it. */
  default String traceparent() {
    HexFormat hex = HexFormat.of();
    return "00-" + id() + "-" + hex.formatHex(context(), ID_BYTES, CONTEXT_BYTES) + "-01";
  }
}
