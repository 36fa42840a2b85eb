package io.thalweg.access;

import com.google.rpc.Code;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.GetProjectRequest;
import io.thalweg.access.v1.ListProjectsRequest;
import io.thalweg.access.v1.ListProjectsResponse;
import io.thalweg.access.v1.Project;
import io.thalweg.access.v1.ProjectCreated;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.util.List;

/**
 * Projects by name. They lie in one slot of the project "default", so numbers are given one after
 * the other; no project is ever removed, so none is given twice.
 */
final class Projects {
  private static final int MAX_PROJECTS = 10_000;
  private static final String DEFAULT = "default";

  private final Table<String, Project> rows;
  private final RowCount count;

  Projects(Table<String, Project> rows, RowCount count) {
    this.rows = rows;
    this.count = count;
  }

  Project create(CreateProjectRequest request, CommandContext context) {
    checkCaller(context.caller());
    String name = request.getProject();
    Names.check("project", name);
    if (name.equals(DEFAULT)) {
      throw Failure.invalid("project", "must not be 'default', which there always is");
    }
    Project present = rows.get(name);
    if (present != null) {
      return present;
    }
    if (count.count() >= MAX_PROJECTS) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED, "there are " + MAX_PROJECTS + " projects; no more can be made");
    }
    context.emit(
        ProjectCreated.newBuilder()
            .setProject(name)
            .setNumber(count.count() + 1)
            .setCreateTime(Names.time(context.logTimeUs()))
            .build());
    return get(name);
  }

  void created(ProjectCreated event, EventContext context) {
    rows.put(
        event.getProject(),
        Project.newBuilder()
            .setProject(event.getProject())
            .setNumber(event.getNumber())
            .setCreateTime(event.getCreateTime())
            .build());
  }

  Project get(GetProjectRequest request, QueryContext context) {
    checkCaller(context.caller());
    return request.getProject().equals(DEFAULT)
        ? Project.newBuilder().setProject(DEFAULT).build()
        : get(request.getProject());
  }

  ListProjectsResponse list(ListProjectsRequest request, QueryContext context) {
    checkCaller(context.caller());
    int pageSize = request.hasPageSize() ? request.getPageSize() : Names.DEFAULT_PAGE_SIZE;
    String after = NamePages.nameBefore(request.getPageToken());
    // The next name in order: nothing lies between.
    String from = after.isEmpty() ? null : after + '\0';
    List<Table.Row<String, Project>> page = rows.scan(from, null, pageSize + 1);
    boolean more = page.size() > pageSize;
    ListProjectsResponse.Builder answer = ListProjectsResponse.newBuilder();
    page.stream().limit(pageSize).forEach(row -> answer.addProjects(row.value()));
    if (more) {
      answer.setNextPageToken(NamePages.tokenAfter(page.get(pageSize - 1).key()));
    }
    return answer.build();
  }

  private Project get(String name) {
    Project project = rows.get(name);
    if (project == null) {
      throw Failure.of(Code.NOT_FOUND, "there is no project '" + Failure.quote(name) + "'");
    }
    return project;
  }

  private static void checkCaller(Caller caller) {
    if (caller.project() != 0) {
      throw Failure.of(
          Code.PERMISSION_DENIED, "projects are managed by callers of the project 'default'");
    }
  }
}
