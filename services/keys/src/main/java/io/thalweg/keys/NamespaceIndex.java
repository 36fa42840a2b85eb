package io.thalweg.keys;

import io.thalweg.keys.v1.NamespaceRow;
import io.thalweg.runtime.Failure;
import io.thalweg.state.RowListener;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The namespaces of a partition in memory, as the rows have them. */
final class NamespaceIndex implements RowListener<String, NamespaceRow> {
  private record Place(int project, String name) {}

  private final Map<Place, Namespace> byName = new HashMap<>();
  private final Map<Integer, Integer> counts = new HashMap<>();

  @Override
  public void changed(
      int project, String name, @Nullable NamespaceRow before, @Nullable NamespaceRow after) {
    if (after == null) {
      byName.remove(new Place(project, name));
    } else {
      byName.put(new Place(project, name), new Namespace(name, after));
    }
    counts.merge(project, (after == null ? 0 : 1) - (before == null ? 0 : 1), Integer::sum);
  }

  /**
   * A namespace.
   *
   * @throws Failure NOT_FOUND
   */
  Namespace get(int project, String name) {
    Namespace namespace = find(project, name);
    if (namespace == null) {
      throw Failure.notFound("namespace", name);
    }
    return namespace;
  }

  @Nullable Namespace find(int project, String name) {
    return byName.get(new Place(project, name));
  }

  /** How many a project has. */
  int count(int project) {
    return counts.getOrDefault(project, 0);
  }
}
