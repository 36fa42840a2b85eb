package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpMethod;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a path leads to: a tree of segments, walked from the most to the least specific branch
 * (literal, variable with a verb, variable).
 *
 * <p>Paths are matched as they were sent, before percent-decoding, so that an encoded {@code /} or
 * {@code :} is part of a name. A known verb at the end always counts as one: a member whose name
 * ends in {@code :around} is named with {@code %3Aaround}.
 *
 * <p>Not to be changed once it is in use; then it may be used by any thread.
 */
final class Router<T> {
  private static final int MAX_SEGMENTS = 64;

  private final Branch<T> root = new Branch<>();

  /** What a path leads to. */
  sealed interface Route<T> {
    /**
     * @param values of the variables, in order, still percent-encoded
     */
    record Found<T>(T target, List<String> values) implements Route<T> {}

    /** The path is known, but not with this method. */
    record WrongMethod<T>(Set<HttpMethod> allowed) implements Route<T> {}

    /** Nothing has this path. */
    record Unknown<T>() implements Route<T> {}
  }

  /**
   * @throws IllegalArgumentException if the path with this method is taken
   */
  void add(HttpMethod method, PathTemplate path, T target) {
    Branch<T> branch = root;
    List<PathTemplate.Segment> segments = path.segments();
    for (int i = 0; i < segments.size(); i++) {
      PathTemplate.Segment segment = segments.get(i);
      String verb = i == segments.size() - 1 ? path.verb() : "";
      branch = branch.child(segment, verb);
    }
    if (branch.targets.putIfAbsent(method, target) != null) {
      throw new IllegalArgumentException("two methods are bound to " + method + " " + path);
    }
  }

  /**
   * @param rawPath absolute, without query, percent-encoded
   */
  Route<T> route(HttpMethod method, String rawPath) {
    List<String> segments = split(rawPath);
    if (segments.isEmpty()) {
      return new Route.Unknown<>();
    }
    Search<T> search = new Search<>(method, segments);
    T target = search.walk(root, 0);
    if (target != null) {
      return new Route.Found<>(target, search.values);
    }
    return search.allowed.isEmpty()
        ? new Route.Unknown<>()
        : new Route.WrongMethod<>(Collections.unmodifiableSet(search.allowed));
  }

  private static List<String> split(String path) {
    List<String> segments = new ArrayList<>(8);
    int start = 1;
    while (segments.size() < MAX_SEGMENTS) {
      int slash = path.indexOf('/', start);
      if (slash < 0) {
        segments.add(path.substring(Math.min(start, path.length())));
        return segments;
      }
      segments.add(path.substring(start, slash));
      start = slash + 1;
    }
    return List.of();
  }

  private static final class Branch<T> {
    final Map<String, Branch<T>> literals = new HashMap<>();
    final Map<String, Branch<T>> verbs = new HashMap<>();
    final Map<HttpMethod, T> targets = new EnumMap<>(HttpMethod.class);
    @Nullable Branch<T> variable;

    Branch<T> child(PathTemplate.Segment segment, String verb) {
      if (!segment.variable()) {
        String literal = verb.isEmpty() ? segment.text() : segment.text() + ":" + verb;
        return literals.computeIfAbsent(literal, k -> new Branch<>());
      }
      if (!verb.isEmpty()) {
        return verbs.computeIfAbsent(verb, k -> new Branch<>());
      }
      if (variable == null) {
        variable = new Branch<>();
      }
      return variable;
    }
  }

  private static final class Search<T> {
    final HttpMethod method;
    final List<String> segments;
    final List<String> values = new ArrayList<>(4);
    final Set<HttpMethod> allowed = EnumSet.noneOf(HttpMethod.class);
    boolean settled;

    Search(HttpMethod method, List<String> segments) {
      this.method = method;
      this.segments = segments;
    }

    @Nullable T walk(Branch<T> branch, int depth) {
      if (depth == segments.size()) {
        allowed.addAll(branch.targets.keySet());
        return branch.targets.get(method);
      }
      String segment = segments.get(depth);
      Branch<T> literal = branch.literals.get(segment);
      if (literal != null) {
        T target = walk(literal, depth + 1);
        if (target != null) {
          return target;
        }
      }
      if (!settled && depth == segments.size() - 1 && !branch.verbs.isEmpty()) {
        T target = verb(branch, segment, depth);
        if (target != null) {
          return target;
        }
      }
      return settled || branch.variable == null ? null : step(branch.variable, segment, depth);
    }

    private @Nullable T verb(Branch<T> branch, String segment, int depth) {
      int colon = segment.lastIndexOf(':');
      Branch<T> leaf = colon < 0 ? null : branch.verbs.get(segment.substring(colon + 1));
      if (leaf == null) {
        return null;
      }
      T target = step(leaf, segment.substring(0, colon), depth);
      settled = true;
      return target;
    }

    private @Nullable T step(Branch<T> next, String value, int depth) {
      values.add(value);
      T target = walk(next, depth + 1);
      if (target == null) {
        values.removeLast();
      }
      return target;
    }
  }
}
