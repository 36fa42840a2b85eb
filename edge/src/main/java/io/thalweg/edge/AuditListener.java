package io.thalweg.edge;

import com.google.rpc.Code;
import io.thalweg.runtime.Caller;
import org.jspecify.annotations.Nullable;

/** Hears what is audited, to keep it. Thread-safe; must not block or throw. */
public interface AuditListener {
  /** Keeps nothing. */
  AuditListener NONE = entry -> {};

  /** Something was audited. */
  void heard(Entry entry);

  /**
   * What somebody did, or would have done.
   *
   * @param caller who
   * @param action full name of a method, or what an operator did
   * @param refusal what it was refused with; {@link Code#OK}: it was not
   * @param times which of the same refusals of the same caller within ten seconds; 0 if it was not
   *     refused
   * @param traceId of the request; null if it was not followed
   */
  record Entry(Caller caller, String action, Code refusal, long times, @Nullable String traceId) {}
}
