package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.JobsExtended;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import io.thalweg.jobs.v1.ReportsRefused;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.HashSet;
import java.util.Set;

/** Decides on what workers report. A report counts only under the token of the present lease. */
final class Reports {
  private static final int EVENT_BYTES = 512 << 10;

  private final JobTables tables;
  private final Agenda agenda;
  private final Guards guards;

  Reports(JobTables tables, Agenda agenda, Guards guards) {
    this.tables = tables;
    this.agenda = agenda;
    this.guards = guards;
  }

  ReportResponse report(ReportRequest request, CommandContext context) {
    String queue = request.getQueue();
    guards.check(queue, request.hasGuard(), request.getGuard(), context);
    QueueRow row = tables.queues.get(queue);
    QueueSettings settings = row == null ? QueueSettings.getDefaultInstance() : row.getSettings();
    ReportResponse.Builder response = ReportResponse.newBuilder();
    JobsEnded.Builder ended = JobsEnded.newBuilder().setQueue(queue);
    JobsExtended.Builder extended = JobsExtended.newBuilder().setQueue(queue);
    Set<Long> seen = new HashSet<>();
    int refused = 0;
    int bytes = 0;
    agenda.begin();
    for (int i = 0; i < request.getReportsCount(); i++) {
      JobReport report = request.getReports(i);
      if (!seen.add(report.getJob())) {
        throw Failure.invalid(
            "reports[" + i + "].job", "must be in the request once; got " + report.getJob());
      }
      JobKey at = new JobKey(queue, report.getJob());
      RunRow run = tables.runs.get(at);
      SpecRow spec = run == null ? null : tables.specs.get(at);
      if (run == null
          || spec == null
          || run.getState() != JobState.RUNNING
          || run.getToken() != report.getToken()) {
        refused++;
        response.addVerdicts(
            ReportResponse.Verdict.newBuilder()
                .setState(run == null ? JobState.JOB_STATE_UNSPECIFIED : run.getState()));
        continue;
      }
      JobState state = JobState.RUNNING;
      switch (report.getWhatCase()) {
        case DONE -> {
          JobsEnded.End.Builder end = Endings.done(report.getJob(), spec, settings, context);
          if (end.getTimeUs() > 0) {
            end.setResult(report.getDone().getResult());
          }
          state = end.getTimeUs() > 0 ? JobState.DONE : JobState.JOB_STATE_UNSPECIFIED;
          ended.addJobs(end);
        }
        case FAILED -> {
          JobReport.Failed failed = report.getFailed();
          JobsEnded.End.Builder end =
              Endings.failed(
                  report.getJob(),
                  spec,
                  run,
                  settings,
                  failed.getError(),
                  failed.getForGood(),
                  failed.getRetryAfterMs(),
                  context);
          state = end.getState();
          ended.addJobs(end);
        }
        case GIVEN_BACK -> {
          state = JobState.READY;
          ended.addJobs(JobsEnded.End.newBuilder().setJob(report.getJob()).setState(state));
        }
        case BEAT ->
            extended.addJobs(
                JobsExtended.Extension.newBuilder()
                    .setJob(report.getJob())
                    .setExpireTimeUs(
                        context.logTimeUs() + Fetches.leaseUs(report.getBeat().getLeaseMs()))
                    .setProgress(report.getBeat().getProgress()));
        case WHAT_NOT_SET ->
            throw Failure.invalid(
                "reports[" + i + "]", "must say one of done, failed, beat, given_back");
      }
      response.addVerdicts(ReportResponse.Verdict.newBuilder().setAccepted(true).setState(state));
      bytes += report.getSerializedSize() + 32;
      if (bytes > EVENT_BYTES) {
        emit(ended, extended, context);
        bytes = 0;
      }
    }
    emit(ended, extended, context);
    if (refused > 0 && row != null) {
      context.emit(ReportsRefused.newBuilder().setQueue(queue).setCount(refused).build());
    }
    agenda.end(queue, context);
    return response.build();
  }

  private static void emit(
      JobsEnded.Builder ended, JobsExtended.Builder extended, CommandContext context) {
    if (ended.getJobsCount() > 0) {
      context.emit(ended.build());
      ended.clearJobs();
    }
    if (extended.getJobsCount() > 0) {
      context.emit(extended.build());
      extended.clearJobs();
    }
  }
}
