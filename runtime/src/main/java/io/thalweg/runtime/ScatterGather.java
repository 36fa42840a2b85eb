package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A scan of every partition, and one answer made of theirs. The first failure is the answer. */
final class ScatterGather {
  private final ServiceModel.Method method;
  private final Request request;
  private final ReplyHandler handler;
  private final List<@Nullable Message> parts;
  private final AtomicInteger missing;
  private final AtomicBoolean answered = new AtomicBoolean();

  private ScatterGather(
      ServiceModel.Method method, Request request, List<Partition> all, ReplyHandler handler) {
    this.method = method;
    this.request = request;
    this.handler = handler;
    parts = Collections.synchronizedList(new ArrayList<>(Collections.nCopies(all.size(), null)));
    missing = new AtomicInteger(all.size());
  }

  static void submit(
      ServiceModel.Method method,
      Request request,
      List<Partition> all,
      long nowNs,
      ReplyHandler handler,
      @Nullable SharedRead shared) {
    ScatterGather gather = new ScatterGather(method, request, all, handler);
    for (int i = 0; i < all.size(); i++) {
      int index = i;
      ReplyHandler part =
          new ReplyHandler() {
            @Override
            public void reply(Message reply, Position position) {
              gather.part(index, reply, position);
            }

            @Override
            public void failure(Failure failure) {
              gather.fail(failure);
            }
          };
      // Parts that go on beside each other are not stations of one way.
      Call asked =
          call(method, request.untraced(), all.get(i).scope().firstSlot(), nowNs, part, shared);
      all.get(i).submit(asked);
    }
  }

  /** A call, ready for a partition. */
  static Call call(
      ServiceModel.Method method,
      Request request,
      int slot,
      long nowNs,
      ReplyHandler handler,
      @Nullable SharedRead shared) {
    int sizeBytes = request.message().getSerializedSize() + 128;
    return new Call(method, request, slot, sizeBytes, nowNs, handler, Origin.CLIENT, shared);
  }

  private void part(int index, Message reply, Position position) {
    parts.set(index, reply);
    if (missing.decrementAndGet() > 0 || !answered.compareAndSet(false, true)) {
      return;
    }
    List<Message> all = new ArrayList<>();
    for (Message part : parts) {
      if (part != null) {
        all.add(part);
      }
    }
    Message merged;
    try {
      merged =
          method.service().mergerOf(request.message().getClass()).merge(request.message(), all);
    } catch (Failure refusal) {
      handler.failure(refusal);
      return;
    } catch (Throwable e) {
      // Whatever it is, somebody waits for an answer.
      handler.failure(
          Failure.of(
              com.google.rpc.Code.INTERNAL,
              "the answers of the partitions could not be merged: an error in "
                  + method.type().fullName()));
      return;
    }
    handler.reply(merged, position);
  }

  private void fail(Failure failure) {
    if (answered.compareAndSet(false, true)) {
      handler.failure(failure);
    }
  }
}
