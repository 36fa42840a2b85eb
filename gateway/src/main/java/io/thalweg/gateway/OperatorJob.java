package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.google.rpc.Code;
import io.thalweg.runtime.DataDirectoryException;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.TableRebuild;
import io.thalweg.runtime.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Long work that an operator asks for with one request and looks at with others; one piece at a
 * time. Thread-safe.
 */
final class OperatorJob {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorJob.class);
  private static final JsonFactory JSON = new JsonFactory();

  /** What came of it. */
  record Outcome(boolean good, List<String> report) {
    Outcome {
      report = List.copyOf(report);
    }
  }

  /** The work. */
  @FunctionalInterface
  interface Work {
    Outcome run(TableRebuild.Progress progress);
  }

  private enum State {
    NONE,
    RUNNING,
    DONE,
    FAILED
  }

  private long number;
  private State state = State.NONE;
  private String what = "";
  private long done;
  private long of;
  private String error = "";
  private Outcome outcome = new Outcome(true, List.of());

  /**
   * Begins a piece of work.
   *
   * @throws Failure FAILED_PRECONDITION if one is under way
   */
  void start(Executor executor, Work work) {
    synchronized (this) {
      if (state == State.RUNNING) {
        throw Failure.of(
            Code.FAILED_PRECONDITION,
            "another one is under way: " + what + "; wait until it is done");
      }
      number++;
      state = State.RUNNING;
      what = "beginning";
      done = 0;
      of = 0;
      error = "";
      outcome = new Outcome(true, List.of());
    }
    executor.execute(() -> run(work));
  }

  private void run(Work work) {
    try {
      ended(State.DONE, "", work.run(this::at));
    } catch (CheckpointException | DataDirectoryException | Failure e) {
      ended(State.FAILED, String.valueOf(e.getMessage()), new Outcome(false, List.of()));
    } catch (RuntimeException | Error e) {
      LOG.error("what an operator asked for failed", e);
      ended(State.FAILED, "internal error: " + e.getMessage(), new Outcome(false, List.of()));
    }
  }

  private synchronized void at(long nowDone, long nowOf, String nowWhat) {
    done = nowDone;
    of = nowOf;
    what = nowWhat;
  }

  private synchronized void ended(State next, String why, Outcome came) {
    state = next;
    error = why;
    outcome = came;
  }

  /** How it is, as JSON. */
  synchronized byte[] json() throws IOException {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(512);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeNumberField("number", number);
      out.writeStringField("state", state.name());
      out.writeStringField("what", what);
      out.writeNumberField("done", done);
      out.writeNumberField("of", of);
      out.writeStringField("error", error);
      out.writeBooleanField("good", outcome.good());
      out.writeArrayFieldStart("report");
      for (String line : outcome.report()) {
        out.writeString(line);
      }
      out.writeEndArray();
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    }
  }
}
