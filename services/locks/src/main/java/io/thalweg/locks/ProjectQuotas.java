package io.thalweg.locks;

import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.runtime.ProjectTotals;
import io.thalweg.runtime.Quotas;
import io.thalweg.state.RowListener;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much a project may have in all its spaces of a partition. */
final class ProjectQuotas implements RowListener<String, SpaceRow> {
  private static final String SPACES = "locks.spaces";
  private static final String SESSIONS = "locks.sessions";
  private static final String CLAIMS = "locks.claims";
  private static final String REGISTERS = "locks.registers";

  static final Map<String, Long> DEFAULTS =
      Map.of(SPACES, 10_000L, SESSIONS, 100_000L, CLAIMS, 1_000_000L, REGISTERS, 1_000_000L);

  private final ProjectTotals<String, SpaceRow> spaces;
  final ProjectTotals<String, SpaceRow> sessions;
  final ProjectTotals<String, SpaceRow> claims;
  final ProjectTotals<String, SpaceRow> registers;

  ProjectQuotas(Quotas quotas) {
    spaces = new ProjectTotals<>(SPACES, most(quotas, SPACES), row -> 1);
    sessions = new ProjectTotals<>(SESSIONS, most(quotas, SESSIONS), SpaceRow::getSessions);
    claims =
        new ProjectTotals<>(
            CLAIMS, most(quotas, CLAIMS), row -> row.getHolders() + row.getWaiters());
    registers = new ProjectTotals<>(REGISTERS, most(quotas, REGISTERS), SpaceRow::getRegisters);
  }

  private static long most(Quotas quotas, String name) {
    return quotas.of(name, DEFAULTS.getOrDefault(name, 0L));
  }

  @Override
  public void changed(
      int project, String space, @Nullable SpaceRow before, @Nullable SpaceRow after) {
    spaces.changed(project, space, before, after);
    sessions.changed(project, space, before, after);
    claims.changed(project, space, before, after);
    registers.changed(project, space, before, after);
  }

  /**
   * Whether one more is allowed, in a space that may not be there yet.
   *
   * @throws io.thalweg.runtime.Failure RESOURCE_EXHAUSTED naming the quota
   */
  void room(int project, boolean isNewSpace, ProjectTotals<String, SpaceRow> what) {
    if (isNewSpace) {
      spaces.room(project, 1);
    }
    what.room(project, 1);
  }
}
