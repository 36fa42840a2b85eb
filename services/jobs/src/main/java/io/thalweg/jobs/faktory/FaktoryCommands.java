package io.thalweg.jobs.faktory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import io.thalweg.edge.Asking;
import io.thalweg.edge.Session;
import io.thalweg.jobs.faktory.Leases.Lease;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ListQueuesRequest;
import io.thalweg.jobs.v1.ListQueuesResponse;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The commands of one client that has said HELLO. Answers are replies as they are written. */
final class FaktoryCommands {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_QUEUES = 32;
  private static final int MAX_BULK = 1_000;
  private static final int MAX_ERROR_CHARS = 4_000;
  private static final int MAX_LISTED = 1_000;
  // A FETCH of the protocol waits so long for a job.
  private static final long WAIT_MS = 2_000;
  private static final long SHORT_WAIT_MS = 100;

  private final Session session;
  private final String worker;
  private final long timeoutMs;
  private final Leases leases;

  FaktoryCommands(Session session, String worker, long timeoutMs, Leases leases) {
    this.session = session;
    this.worker = worker.length() <= 100 ? worker : worker.substring(0, 100);
    this.timeoutMs = timeoutMs;
    this.leases = leases;
  }

  /** Runs a command; the answer fails with a Failure or an IllegalArgumentException. */
  CompletableFuture<String> run(String verb, String rest) {
    try {
      return switch (verb) {
        case "PUSH" -> push(rest);
        case "PUSHB" -> pushMany(rest);
        case "FETCH" -> fetch(rest);
        case "ACK" -> ended(rest, JobReport.newBuilder().setDone(JobReport.Done.newBuilder()));
        case "FAIL" -> fail(rest);
        case "BEAT" -> CompletableFuture.completedFuture(Reply.OK);
        case "INFO" -> info();
        case "QUEUE" -> queue(rest);
        default -> throw new IllegalArgumentException(verb + " is not supported here");
      };
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private <R extends Message> CompletableFuture<R> ask(Message request, Class<R> reply) {
    return new Asking(session, timeoutMs).ask(request, reply);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("what follows the command must be JSON", e);
    }
  }

  // ---------------------------------------------------------------- producers

  private CompletableFuture<String> push(String rest) {
    WorkUnit unit = WorkUnit.of(json(rest));
    return ask(
            EnqueueRequest.newBuilder().setQueue(unit.queue()).setJob(unit.spec()).build(),
            EnqueueResponse.class)
        .thenApply(enqueued -> Reply.OK);
  }

  /** Many at once: those of one queue all or none. The answer names those that were refused. */
  private CompletableFuture<String> pushMany(String rest) {
    JsonNode units = json(rest);
    if (!units.isArray() || units.size() > MAX_BULK) {
      throw new IllegalArgumentException("PUSHB takes an array of at most " + MAX_BULK);
    }
    ObjectNode refused = JSON.createObjectNode();
    Map<String, List<WorkUnit>> byQueue = new LinkedHashMap<>();
    for (JsonNode one : units) {
      try {
        WorkUnit unit = WorkUnit.of(one);
        byQueue.computeIfAbsent(unit.queue(), queue -> new ArrayList<>()).add(unit);
      } catch (IllegalArgumentException e) {
        refused.put(one.path("jid").asText(""), e.getMessage());
      }
    }
    List<CompletableFuture<?>> all = new ArrayList<>();
    byQueue.forEach((queue, group) -> {
      EnqueueManyRequest.Builder request = EnqueueManyRequest.newBuilder().setQueue(queue);
      group.forEach(unit -> request.addJobs(unit.spec()));
      all.add(
          ask(request.build(), EnqueueManyResponse.class)
              .handle((enqueued, problem) -> {
                if (problem != null) {
                  synchronized (refused) {
                    group.forEach(
                        unit -> refused.put(unit.jid(), String.valueOf(problem.getMessage())));
                  }
                }
                return enqueued;
              }));
    });
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(done -> Reply.bulk(refused.toString()));
  }

  // ---------------------------------------------------------------- workers

  private CompletableFuture<String> fetch(String rest) {
    List<String> queues = rest.isBlank() ? List.of("default") : words(rest);
    if (queues.size() > MAX_QUEUES) {
      throw new IllegalArgumentException("FETCH takes at most " + MAX_QUEUES + " queues");
    }
    return fetch(queues, 0, WAIT_MS);
  }

  /** Asks one queue after the other: first all without waiting, then each for a moment. */
  private CompletableFuture<String> fetch(List<String> queues, int step, long leftMs) {
    String queue = queues.get(step % queues.size());
    long waitMs = 0;
    if (queues.size() == 1) {
      waitMs = leftMs;
    } else if (step >= queues.size()) {
      waitMs = Math.min(leftMs, SHORT_WAIT_MS);
    }
    long left = leftMs - waitMs;
    FetchRequest request =
        FetchRequest.newBuilder()
            .setQueue(queue)
            .setWorker(worker)
            .setMax(1)
            .setLeaseMs(1_000L * WorkUnit.DEFAULT_RESERVE_S)
            .setWaitMs(waitMs)
            .build();
    return ask(request, FetchResponse.class)
        .thenCompose(fetched -> {
          if (fetched.getJobsCount() > 0) {
            return leased(queue, fetched.getJobs(0));
          }
          return left > 0 || step + 1 < queues.size()
              ? fetch(queues, step + 1, left)
              : CompletableFuture.completedFuture(Reply.NOTHING);
        });
  }

  private CompletableFuture<String> leased(String queue, LeasedJob job) {
    ObjectNode unit = unit(queue, job);
    String jid = unit.path("jid").asText();
    leases.put(session.caller().project(), jid, new Lease(queue, job.getJob(), job.getToken()));
    int reserveSeconds = WorkUnit.reserveSeconds(unit);
    if (reserveSeconds == WorkUnit.DEFAULT_RESERVE_S) {
      return CompletableFuture.completedFuture(Reply.bulk(unit.toString()));
    }
    JobReport.Builder beat =
        JobReport.newBuilder()
            .setJob(job.getJob())
            .setToken(job.getToken())
            .setBeat(JobReport.Beat.newBuilder().setLeaseMs(1_000L * reserveSeconds));
    return ask(report(queue, beat), ReportResponse.class)
        .thenApply(beaten -> Reply.bulk(unit.toString()));
  }

  /** The JSON that was pushed; of a job that came another way, one that says what it is. */
  private static ObjectNode unit(String queue, LeasedJob job) {
    JsonNode pushed = null;
    try {
      pushed = JSON.readTree(job.getSpec().getPayload().toStringUtf8());
    } catch (JsonProcessingException notJson) {
      // It was not pushed by this protocol.
    }
    if (pushed instanceof ObjectNode unit && unit.has("jid") && unit.has("jobtype")) {
      return unit;
    }
    ObjectNode made = JSON.createObjectNode();
    made.put("jid", queue + "/" + job.getJob());
    made.put("jobtype", job.getSpec().getType());
    made.put("queue", queue);
    made.putArray("args").add(job.getSpec().getPayload().toStringUtf8());
    return made;
  }

  private CompletableFuture<String> fail(String rest) {
    JsonNode failure = json(rest);
    String error =
        failure.path("errtype").asText("unknown") + ": " + failure.path("message").asText("");
    return ended(
        rest,
        JobReport.newBuilder()
            .setFailed(
                JobReport.Failed.newBuilder()
                    .setError(
                        error.length() <= MAX_ERROR_CHARS
                            ? error
                            : error.substring(0, MAX_ERROR_CHARS))));
  }

  private CompletableFuture<String> ended(String rest, JobReport.Builder what) {
    String jid = json(rest).path("jid").asText("");
    int project = session.caller().project();
    Lease lease = leases.get(project, jid);
    if (lease == null) {
      throw new IllegalArgumentException("there is no reservation of job " + jid);
    }
    return ask(
            report(lease.queue(), what.setJob(lease.job()).setToken(lease.token())),
            ReportResponse.class)
        .thenApply(response -> {
          leases.remove(project, jid, lease);
          return response.getVerdicts(0).getAccepted()
              ? Reply.OK
              : Reply.error("the reservation of job " + jid + " is over");
        });
  }

  private static ReportRequest report(String queue, JobReport.Builder report) {
    return ReportRequest.newBuilder().setQueue(queue).addReports(report).build();
  }

  // ---------------------------------------------------------------- those who look after it

  private CompletableFuture<String> queue(String rest) {
    List<String> words = words(rest);
    boolean resume = words.getFirst().equals("RESUME");
    if (words.size() != 2
        || !(resume || words.getFirst().equals("PAUSE"))
        || words.get(1).equals("*")) {
      throw new IllegalArgumentException("QUEUE takes PAUSE or RESUME and the name of one queue");
    }
    return ask(
            PauseQueueRequest.newBuilder().setQueue(words.get(1)).setResume(resume).build(),
            Queue.class)
        .thenApply(paused -> Reply.OK);
  }

  private static List<String> words(String text) {
    return List.of(text.strip().split(" +", -1));
  }

  private CompletableFuture<String> info() {
    return ask(
            ListQueuesRequest.newBuilder().setPageSize(MAX_LISTED).build(),
            ListQueuesResponse.class)
        .thenApply(listed -> {
          ObjectNode info = JSON.createObjectNode();
          info.put("server_utc_time", Instant.now().toString());
          ObjectNode faktory = info.putObject("faktory");
          ObjectNode queues = faktory.putObject("queues");
          long ready = 0;
          long done = 0;
          long failed = 0;
          for (Queue queue : listed.getQueuesList()) {
            queues.put(queue.getQueue(), queue.getFigures().getReady());
            ready += queue.getFigures().getReady();
            done += queue.getFigures().getTotalDone();
            failed += queue.getFigures().getTotalFailed();
          }
          faktory.put("total_enqueued", ready);
          faktory.put("total_queues", listed.getQueuesCount());
          faktory.put("total_processed", done);
          faktory.put("total_failures", failed);
          return Reply.bulk(info.toString());
        });
  }
}
