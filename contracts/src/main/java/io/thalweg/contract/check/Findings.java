package io.thalweg.contract.check;

import com.google.protobuf.Descriptors.GenericDescriptor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects what is found; the same thing is kept once, as the first release has it. */
final class Findings {
  private final Map<String, Finding> all = new LinkedHashMap<>();
  private int release;

  /** What is added from here on was found in comparison with this release. */
  void comparingWith(int release) {
    this.release = release;
  }

  /**
   * @param at what the finding is about
   * @param uses what the changed thing is used in; empty: everything
   */
  void add(Rule rule, GenericDescriptor at, String what, Set<Use> uses) {
    String path = at.getFullName();
    Finding finding =
        new Finding(rule, at.getFile().getName(), path, what, rule.breaks(uses), release);
    all.putIfAbsent(rule + " " + path + " " + what, finding);
  }

  List<Finding> list() {
    return new ArrayList<>(all.values());
  }
}
