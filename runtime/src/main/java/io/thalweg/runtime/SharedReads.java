package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.ServiceModel.Method;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins reads that are the same: scans, and what asks every partition, of the same caller with the
 * same request. Who asks while such a read waits to be executed shares its answer; see {@link
 * SharedRead} for why that is linearizable. Point queries cost less than finding an equal one.
 * Thread-safe.
 */
final class SharedReads {
  /** A request that is larger is not looked for: comparing it costs too much. */
  static final int MAX_REQUEST_BYTES = 4 << 10;

  private final ConcurrentMap<Key, SharedRead> waiting = new ConcurrentHashMap<>();
  private final LongAdder joined = new LongAdder();

  /** What must be the same. A handler may look at its caller, so that counts too. */
  private record Key(Message request, Caller caller) {}

  SharedReads(MeterRegistry meters) {
    FunctionCounter.builder("thalweg.reads.joined", joined, LongAdder::doubleValue)
        .description("Reads that were answered with that of another one")
        .register(meters);
  }

  static boolean isShared(Method method, Message request) {
    boolean read = method.kind() == MethodKind.SCAN || method.kind() == MethodKind.POINT_QUERY;
    return read
        && (method.kind() == MethodKind.SCAN || method.everywhere())
        && request.getSerializedSize() <= MAX_REQUEST_BYTES;
  }

  /**
   * Joins a read, or begins one.
   *
   * @param begin submits a read that others may join, with the handler for its answer
   */
  void submit(
      Request request, ReplyHandler handler, BiConsumer<ReplyHandler, @Nullable SharedRead> begin) {
    Key key = new Key(request.message(), request.caller());
    SharedRead own = null;
    while (true) {
      SharedRead present = waiting.get(key);
      if (present != null && present.join(handler, request.deadlineNs())) {
        joined.increment();
        return;
      }
      if (own == null) {
        own = open(key, handler, request.deadlineNs());
      }
      // One that cannot be joined is full, or is just being taken out.
      boolean first =
          present == null
              ? waiting.putIfAbsent(key, own) == null
              : waiting.replace(key, present, own);
      if (first) {
        begin(own, begin);
        return;
      }
    }
  }

  private static void begin(SharedRead own, BiConsumer<ReplyHandler, @Nullable SharedRead> begin) {
    try {
      begin.accept(own, own);
    } catch (Failure refusal) {
      own.failure(refusal);
    } catch (RuntimeException e) {
      // Nobody may join what will never be answered.
      own.failure(Failure.of(Code.INTERNAL, "the read could not be submitted"));
      throw e;
    }
  }

  private SharedRead open(Key key, ReplyHandler handler, long deadlineNs) {
    return new SharedRead(handler, deadlineNs, own -> waiting.remove(key, own));
  }

  /** Reads that may be joined now. */
  int size() {
    return waiting.size();
  }
}
