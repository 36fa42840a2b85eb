package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.QueryParams;
import io.thalweg.runtime.CheckpointOptions;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.TableRebuild;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Work on the tables of a running node. A POST begins it and a GET tells how far it is: {@code
 * number}, {@code state} (NONE, RUNNING, DONE, FAILED), {@code what}, {@code done}, {@code of},
 * {@code error}, {@code good}, {@code report}. One checkpoint and one rebuild at a time.
 *
 * <ul>
 *   <li>{@code POST /v1/operations/checkpoints?replay=true}: takes a checkpoint of all partitions.
 *   <li>{@code POST /v1/operations/services/SERVICE/rebuild?show=N}: makes the tables of a service
 *       again beside those that serve, and compares them; describes up to N differences of a
 *       partition, 1 to 10,000, 20 if nothing is said. {@code good} is whether all rows are equal.
 *   <li>{@code DELETE} of that: deletes what was made.
 * </ul>
 */
final class TableEndpoints {
  static final String CHECKPOINTS = "/v1/operations/checkpoints";
  static final String REBUILD = "/v1/operations/services/{service}/rebuild";

  private static final int MAX_SHOWN = 10_000;
  private static final int DEFAULT_SHOWN = 20;

  private final Backend backend;
  private final Operations operations;
  private final OperatorJob checkpoint = new OperatorJob();
  private final OperatorJob rebuild = new OperatorJob();

  TableEndpoints(Backend backend, Operations operations) {
    this.backend = backend;
    this.operations = operations;
  }

  Endpoint beginCheckpoint() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              boolean replay = isTrue(ctx.queryParams(), "replay");
              checkpoint.start(ctx.blockingTaskExecutor(), progress -> take(replay, progress));
              return answer(checkpoint);
            });
  }

  private OperatorJob.Outcome take(boolean replay, TableRebuild.Progress progress) {
    Checkpoint made = backend.checkpoint(CheckpointOptions.DEFAULTS.withReplay(replay), progress);
    return new OperatorJob.Outcome(true, made.lines());
  }

  Endpoint checkpoint() {
    return (ctx, request, values) -> operations.answer(ctx, () -> answer(checkpoint));
  }

  Endpoint beginRebuild() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              String service = PercentCoding.decode(values.get(0), "service");
              QueryParams query = ctx.queryParams();
              int shown =
                  query.contains("show")
                      ? (int) BackupEndpoints.number(query, "show", 1, MAX_SHOWN)
                      : DEFAULT_SHOWN;
              rebuild.start(
                  ctx.blockingTaskExecutor(), progress -> rebuild(service, shown, progress));
              return answer(rebuild);
            });
  }

  private OperatorJob.Outcome rebuild(String service, int shown, TableRebuild.Progress progress) {
    List<TableRebuild.Result> results = backend.rebuild(service, shown, progress);
    List<String> report = new ArrayList<>();
    results.forEach(result -> report.addAll(result.lines()));
    return new OperatorJob.Outcome(results.stream().allMatch(TableRebuild.Result::isEqual), report);
  }

  Endpoint rebuild() {
    return (ctx, request, values) -> operations.answer(ctx, () -> answer(rebuild));
  }

  Endpoint discardRebuild() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              try {
                backend.discardRebuild(PercentCoding.decode(values.get(0), "service"));
              } catch (CheckpointException e) {
                throw Failure.of(Code.FAILED_PRECONDITION, String.valueOf(e.getMessage()));
              }
              return answer(rebuild);
            });
  }

  private static boolean isTrue(QueryParams query, String name) {
    String text = query.get(name, "false");
    if (!text.equals("true") && !text.equals("false")) {
      throw Failure.invalid(name, "must be true or false; got '" + Failure.quote(text) + "'");
    }
    return text.equals("true");
  }

  private static HttpResponse answer(OperatorJob job) throws IOException {
    return Operations.json(job.json());
  }
}
