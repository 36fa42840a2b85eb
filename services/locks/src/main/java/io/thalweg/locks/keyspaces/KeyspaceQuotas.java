package io.thalweg.locks.keyspaces;

import io.thalweg.locks.v1.keyspaces.KeyspaceRow;
import io.thalweg.runtime.ProjectTotals;
import io.thalweg.runtime.Quotas;
import io.thalweg.state.RowListener;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much a project may have in all its keyspaces of a partition. */
final class KeyspaceQuotas implements RowListener<String, KeyspaceRow> {
  private static final String KEYSPACES = "keyspaces.keyspaces";
  private static final String KEYS = "keyspaces.keys";
  private static final String LEASES = "keyspaces.leases";

  static final Map<String, Long> DEFAULTS =
      Map.of(KEYSPACES, 1_000L, KEYS, 1_000_000L, LEASES, 200_000L);

  private final ProjectTotals<String, KeyspaceRow> keyspaces;
  final ProjectTotals<String, KeyspaceRow> keys;
  final ProjectTotals<String, KeyspaceRow> leases;

  KeyspaceQuotas(Quotas quotas) {
    keyspaces = new ProjectTotals<>(KEYSPACES, most(quotas, KEYSPACES), row -> 1);
    keys = new ProjectTotals<>(KEYS, most(quotas, KEYS), KeyspaceRow::getKeys);
    leases = new ProjectTotals<>(LEASES, most(quotas, LEASES), KeyspaceRow::getLeases);
  }

  private static long most(Quotas quotas, String name) {
    return quotas.of(name, DEFAULTS.getOrDefault(name, 0L));
  }

  @Override
  public void changed(
      int project, String keyspace, @Nullable KeyspaceRow before, @Nullable KeyspaceRow after) {
    keyspaces.changed(project, keyspace, before, after);
    keys.changed(project, keyspace, before, after);
    leases.changed(project, keyspace, before, after);
  }

  /**
   * Whether one more is allowed, in a keyspace that may not be there yet.
   *
   * @throws io.thalweg.runtime.Failure RESOURCE_EXHAUSTED naming the quota
   */
  void room(int project, boolean isNewKeyspace, ProjectTotals<String, KeyspaceRow> what) {
    if (isNewKeyspace) {
      keyspaces.room(project, 1);
    }
    what.room(project, 1);
  }
}
