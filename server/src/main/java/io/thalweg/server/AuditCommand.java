package io.thalweg.server;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code thalweg audit}: who did what is not everyday. */
@Command(
    name = "audit",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Lists as JSON what admins did on a running node and what was refused for want of permission,"
          + " the newest first, of one project. A project keeps its newest 10,000 records for up to"
          + " 90 days."
    },
    footer = {
      "",
      "Examples:",
      "  thalweg audit",
      "  thalweg audit --project shop --refused",
      "  thalweg audit --principal key:ci --page-size 1000"
    })
final class AuditCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin AdminRequests requests = new AdminRequests();

  @Option(names = "--refused", description = "Only what was refused.")
  boolean refused;

  @Option(
      names = "--principal",
      paramLabel = "WHO",
      description = "Only what this caller did, such as key:ci, jwt:ada, operator.")
  @Nullable String principal;

  @Option(
      names = "--page-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "1 to 1,000. Default: 100")
  int pageSize = 100;

  @Option(
      names = "--page-token",
      paramLabel = "TOKEN",
      defaultValue = "",
      description = "nextPageToken of the page before.")
  String pageToken = "";

  @Override
  public Integer call() throws InterruptedException {
    requests.print(
        spec,
        "GET",
        "/v1/auditRecords?pageSize=%d&pageToken=%s&refusedOnly=%s&principal=%s"
            .formatted(
                pageSize,
                AdminRequests.encode(pageToken),
                refused,
                AdminRequests.encode(principal == null ? "" : principal)),
        "");
    return 0;
  }
}
