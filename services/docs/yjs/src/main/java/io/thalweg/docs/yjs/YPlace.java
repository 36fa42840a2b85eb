package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a type lies in a document: a root type, or one nested in it.
 *
 * @param root name of the root type
 * @param path from there on: the name of an entry ({@link String}) or the index of a unit of a
 *     sequence ({@link Integer}) that holds the next type
 */
public record YPlace(String root, List<Object> path) {
  /** Longest path. */
  public static final int MAX_DEPTH = 100;

  public YPlace {
    path = List.copyOf(path);
    if (path.size() > MAX_DEPTH) {
      throw new IllegalArgumentException("a path has at most 100 steps; got " + path.size());
    }
  }

  /** A root type itself. */
  public static YPlace of(String root) {
    return new YPlace(root, List.of());
  }

  /** The type under a name of the map that lies here. */
  public YPlace key(String key) {
    return with(key);
  }

  /** The type at an index of the sequence that lies here. */
  public YPlace index(int index) {
    return with(index);
  }

  private YPlace with(Object step) {
    List<Object> longer = new ArrayList<>(path);
    longer.add(step);
    return new YPlace(root, longer);
  }
}
