package io.thalweg.server;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code thalweg projects}: parts of a running node that see nothing of each other. */
@Command(
    name = "projects",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Creates and lists the projects of a running node. Each has data and API keys of its own.",
      "There always is the project 'default'."
    })
final class ProjectsCommand {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin AdminRequests requests = new AdminRequests();

  /** Creates. */
  @Command(description = "Creates a project; one that there is stays as it is.")
  int create(
      @Parameters(
              paramLabel = "NAME",
              description = "1 to 40 of a-z, 0-9 and '-', beginning with a letter.")
          String name)
      throws InterruptedException {
    requests.print(spec, "POST", "/v1/projects/" + AdminRequests.encode(name), "{}");
    return 0;
  }

  /** Lists. */
  @Command(description = "Lists the projects as JSON, by name.")
  int list() throws InterruptedException {
    requests.print(spec, "GET", "/v1/projects?pageSize=1000", "");
    return 0;
  }
}
