package io.thalweg.client.jobs;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobsProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts jobs into one queue, one at a time as far as its callers can see. What comes while a request
 * is on its way goes with the next one, so many callers cost few requests, and a single one waits
 * for nobody.
 *
 * <pre>{@code
 * try (Enqueuer mail = Enqueuer.of(client, "mail")) {
 *   mail.enqueue(JobSpec.newBuilder().setType("welcome").build()).join();
 * }
 * }</pre>
 *
 * <p>One request is on its way at a time, so jobs are enqueued in the order of the calls. A job
 * that is refused is refused alone. Requests have no names: after a failure it may be unknown
 * whether a job was enqueued ({@link ThalwegException#outcomeUnknown}); a unique key makes it safe
 * to ask again.
 *
 * <p>Thread-safe. Holds at most {@value #ROOM_KIB} KiB of jobs; then callers wait.
 */
public final class Enqueuer implements AutoCloseable {
  private static final int MAX_JOBS = 1_000;
  private static final int MAX_BYTES = 1 << 20;
  private static final int ROOM_KIB = 16 << 10;

  private static final ServiceMethod<EnqueueRequest, EnqueueResponse> ENQUEUE =
      method("Enqueue", EnqueueRequest.getDefaultInstance(), EnqueueResponse.getDefaultInstance());
  private static final ServiceMethod<EnqueueManyRequest, EnqueueManyResponse> ENQUEUE_MANY =
      method(
          "EnqueueMany",
          EnqueueManyRequest.getDefaultInstance(),
          EnqueueManyResponse.getDefaultInstance());

  private final ThalwegClient client;
  private final String queue;
  private final Semaphore room = new Semaphore(ROOM_KIB);

  // Guarded by this object.
  private final Deque<Entry> waiting = new ArrayDeque<>();
  private boolean underWay;

  private record Entry(JobSpec job, int kib, CompletableFuture<EnqueueResponse> answer) {}

  private Enqueuer(ThalwegClient client, String queue) {
    this.client = client;
    this.queue = queue;
  }

  /** Of a queue, which is made with its first job if there is none. */
  public static Enqueuer of(ThalwegClient client, String queue) {
    return new Enqueuer(client, queue);
  }

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    // Without names: the server remembers a bounded number of them, and jobs are many.
    return ServiceMethod.of(
            JobsProto.getDescriptor().findServiceByName("Jobs"), name, request, reply)
        .sentOnce();
  }

  /**
   * Enqueues a job.
   *
   * @param job without {@code after_places}, which name places in a request of the caller's own
   * @return the answer, once the job is durable; fails with {@link ThalwegException}. Cancelling it
   *     does not cancel the job
   * @throws InterruptedException if the caller was interrupted while there was no room
   */
  public CompletableFuture<EnqueueResponse> enqueue(JobSpec job) throws InterruptedException {
    if (job.getAfterPlacesCount() > 0) {
      throw new IllegalArgumentException(
          "after_places must be empty: it names places in a request; use after");
    }
    int kib = Math.min(ROOM_KIB, 1 + (job.getSerializedSize() >> 10));
    room.acquire(kib);
    Entry entry = new Entry(job, kib, new CompletableFuture<>());
    synchronized (this) {
      waiting.add(entry);
      if (underWay) {
        return entry.answer();
      }
      underWay = true;
    }
    sendNext();
    return entry.answer();
  }

  private void sendNext() {
    List<Entry> group = new ArrayList<>();
    synchronized (this) {
      int bytes = 0;
      while (!waiting.isEmpty() && group.size() < MAX_JOBS && bytes < MAX_BYTES) {
        Entry next = waiting.remove();
        bytes += next.job().getSerializedSize();
        group.add(next);
      }
      if (group.isEmpty()) {
        underWay = false;
        notifyAll();
        return;
      }
    }
    if (group.size() == 1) {
      sendAlone(group, 0);
    } else {
      sendTogether(group);
    }
  }

  private void sendTogether(List<Entry> group) {
    EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue(queue);
    group.forEach(entry -> many.addJobs(entry.job()));
    call(
        () -> client.call(ENQUEUE_MANY, many.build()),
        (response, problem) -> {
          if (response == null && isOfOne(problem)) {
            sendAlone(group, 0);
            return;
          }
          // Before anybody is told: what follows an answer may take its time.
          sendNext();
          for (int i = 0; i < group.size(); i++) {
            answer(group.get(i), response == null ? null : response.getJobs(i), problem);
          }
        });
  }

  // One after the other from a place on: the fault is one job's, and the others are not refused
  // for it.
  private void sendAlone(List<Entry> group, int place) {
    Entry entry = group.get(place);
    call(
        () ->
            client.call(
                ENQUEUE, EnqueueRequest.newBuilder().setQueue(queue).setJob(entry.job()).build()),
        (response, problem) -> {
          if (place + 1 < group.size()) {
            sendAlone(group, place + 1);
          } else {
            sendNext();
          }
          answer(entry, response, problem);
        });
  }

  private static <R> void call(
      Supplier<CompletableFuture<R>> sent, BiConsumer<@Nullable R, @Nullable Throwable> then) {
    CompletableFuture<R> reply;
    try {
      reply = sent.get();
    } catch (RuntimeException closed) {
      reply = CompletableFuture.failedFuture(closed);
    }
    var _ = reply.whenComplete(then);
  }

  private static boolean isOfOne(@Nullable Throwable problem) {
    return problem instanceof ThalwegException refused
        && !refused.outcomeUnknown()
        && (refused.code() == Code.INVALID_ARGUMENT
            || refused.code() == Code.FAILED_PRECONDITION
            || refused.code() == Code.RESOURCE_EXHAUSTED);
  }

  private void answer(
      Entry entry, @Nullable EnqueueResponse response, @Nullable Throwable problem) {
    room.release(entry.kib());
    if (response != null) {
      entry.answer().complete(response);
    } else {
      entry
          .answer()
          .completeExceptionally(
              problem != null ? problem : new IllegalStateException("an answer without a reason"));
    }
  }

  /** Waits until everything that was handed to it has its answer, for as long as requests may. */
  @Override
  public void close() {
    try {
      synchronized (this) {
        while (underWay) {
          wait();
        }
      }
      room.acquire(ROOM_KIB);
      room.release(ROOM_KIB);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
