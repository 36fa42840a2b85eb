package io.thalweg.server.top;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One reading of {@code /metrics}: samples in the Prometheus text format.
 *
 * @param atNs when it was read
 * @param samples by name
 */
record Scrape(long atNs, Map<String, List<Sample>> samples) {
  private static final Pattern LINE =
      Pattern.compile("^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? (\\S+)(?: \\d+)?$");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** A value with its labels. */
  record Sample(Map<String, String> labels, double value) {
    String label(String name) {
      return labels.getOrDefault(name, "");
    }
  }

  /** Reads the text; lines that are no samples are left out. */
  static Scrape parse(String text, long atNs) {
    Map<String, List<Sample>> samples = new LinkedHashMap<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .forEach(m -> {
          Map<String, String> labels = new LinkedHashMap<>();
          Matcher label = LABEL.matcher(m.group(2) == null ? "" : m.group(2));
          while (label.find()) {
            labels.put(label.group(1), label.group(2));
          }
          samples
              .computeIfAbsent(m.group(1), name -> new ArrayList<>())
              .add(new Sample(labels, number(m.group(3))));
        });
    return new Scrape(atNs, samples);
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  /** The sum of the samples that fit. */
  double sum(String name, Predicate<Sample> which) {
    return samples.getOrDefault(name, List.of()).stream()
        .filter(which)
        .mapToDouble(Sample::value)
        .sum();
  }

  double sum(String name) {
    return sum(name, sample -> true);
  }

  /** The largest of the samples that fit; 0 if there is none. */
  double max(String name, Predicate<Sample> which) {
    return samples.getOrDefault(name, List.of()).stream()
        .filter(which)
        .mapToDouble(Sample::value)
        .filter(value -> !Double.isNaN(value))
        .max()
        .orElse(0);
  }

  /** The values of a label, in order. */
  TreeSet<String> values(String name, String label) {
    TreeSet<String> values = new TreeSet<>();
    samples.getOrDefault(name, List.of()).forEach(sample -> values.add(sample.label(label)));
    values.remove("");
    return values;
  }
}
