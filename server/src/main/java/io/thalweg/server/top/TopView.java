package io.thalweg.server.top;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What {@code thalweg top} shows of two readings: rates between them, and levels at the second. */
final class TopView {
  private static final int MOST_METHODS = 12;

  /** The heading of the partitions, and the line that counts those that are not shown. */
  private static final int AROUND_PARTITIONS = 2;

  private static final double MILLIS = 1e3;
  private static final double NANOS = 1e9;
  private static final double MIB = 1 << 20;

  private final Scrape before;
  private final Scrape now;
  private final double seconds;

  private TopView(Scrape before, Scrape now) {
    this.before = before;
    this.now = now;
    this.seconds = Math.max(1e-3, (now.atNs() - before.atNs()) / NANOS);
  }

  /**
   * The lines of a screen.
   *
   * @param height how many there may be; of the partitions the busiest stay, and at least one
   */
  static List<String> lines(String url, Scrape before, Scrape now, int height) {
    TopView view = new TopView(before, now);
    List<String> lines = new ArrayList<>();
    lines.add("thalweg top    " + url);
    lines.add("");
    view.whole(lines);
    lines.add("");
    view.methods(lines);
    lines.add("");
    view.partitions(lines, height - lines.size() - AROUND_PARTITIONS);
    return lines;
  }

  private void whole(List<String> lines) {
    lines.add(
        "requests %,10.0f/s   answered with an error %,8.0f/s   refused over a limit %,8.0f/s"
            .formatted(
                rate("thalweg_gateway_requests_seconds_count", s -> true),
                rate("thalweg_gateway_requests_seconds_count", s -> !s.label("code").equals("OK")),
                rate("thalweg_gateway_limited_total", s -> true)));
    lines.add(
        "commands %,10.0f/s   queries %,10.0f/s   events %,10.0f/s   log %8.2f MiB/s"
            .formatted(
                rate("thalweg_commands_total", s -> true),
                rate("thalweg_queries_total", s -> true),
                rate("thalweg_events_total", s -> true),
                rate("thalweg_batch_bytes_total", s -> true) / MIB));
    lines.add(
        "forces   %,10.0f/s   watchers %,9.0f   dead letters %,7.0f   heap %,6.0f MiB of %,.0f"
            .formatted(
                rate("thalweg_log_forces_total", s -> true),
                now.sum("thalweg_gateway_watchers"),
                now.sum("thalweg_deadletters"),
                now.sum("jvm_memory_used_bytes", s -> s.label("area").equals("heap")) / MIB,
                Math.max(0, now.sum("jvm_memory_max_bytes", s -> s.label("area").equals("heap")))
                    / MIB));
  }

  private void methods(List<String> lines) {
    lines.add(
        "%-44s %-8s %10s %9s %9s %9s %9s"
            .formatted("METHOD", "PROTOCOL", "PER S", "P50 MS", "P99 MS", "P99.9 MS", "ERRORS/S"));
    String counts = "thalweg_gateway_requests_seconds_count";
    List<Row> rows = new ArrayList<>();
    for (String method : now.values(counts, "method")) {
      for (String protocol : now.values(counts, "protocol")) {
        double perS =
            rate(
                counts,
                s -> s.label("method").equals(method) && s.label("protocol").equals(protocol));
        if (perS > 0) {
          rows.add(new Row(method, protocol, perS));
        }
      }
    }
    rows.sort(Comparator.comparingDouble(Row::perS).reversed());
    rows.stream()
        .limit(MOST_METHODS)
        .forEach(row ->
            lines.add(
                "%-44s %-8s %,10.0f %9.2f %9.2f %9.2f %,9.0f"
                    .formatted(
                        shortName(row.method),
                        row.protocol,
                        row.perS,
                        quantile(row, "0.5"),
                        quantile(row, "0.99"),
                        quantile(row, "0.999"),
                        rate(counts, s -> row.fits(s) && !s.label("code").equals("OK")))));
    if (rows.isEmpty()) {
      lines.add("(nothing was asked)");
    }
  }

  private void partitions(List<String> lines, int room) {
    lines.add(
        "%-24s %10s %10s %8s %9s %9s %10s"
            .formatted(
                "PARTITION", "COMMANDS/S", "QUERIES/S", "QUEUE", "P50 MS", "P99 MS", "REFUSED/S"));
    List<Partition> all =
        now.values("thalweg_commands_total", "partition").stream().map(this::partition).toList();
    List<Partition> busy =
        all.stream()
            .filter(partition -> partition.work() > 0)
            .sorted(Comparator.comparingDouble(Partition::work).reversed())
            .toList();
    int shown = Math.min(busy.size(), Math.max(1, room));
    busy.stream()
        .limit(shown)
        .forEach(partition ->
            lines.add(
                "%-24s %,10.0f %,10.0f %,8.0f %9.2f %9.2f %,10.0f"
                    .formatted(
                        partition.name,
                        partition.commands,
                        partition.queries,
                        partition.queue,
                        replyMs(partition.name, "0.5"),
                        replyMs(partition.name, "0.99"),
                        partition.refused)));
    lines.add(
        "(%,d less busy, %,d with nothing to do)"
            .formatted(busy.size() - shown, all.size() - busy.size()));
  }

  private Partition partition(String name) {
    return new Partition(
        name,
        rate("thalweg_commands_total", s -> isOf(s, name)),
        rate("thalweg_queries_total", s -> isOf(s, name)),
        now.sum("thalweg_queue_depth", s -> isOf(s, name)),
        rate("thalweg_refusals_total", s -> isOf(s, name)));
  }

  private double replyMs(String partition, String quantile) {
    return now.max(
            "thalweg_reply_seconds",
            s -> isOf(s, partition) && s.label("quantile").equals(quantile))
        * MILLIS;
  }

  private double quantile(Row row, String quantile) {
    return now.max(
            "thalweg_gateway_latency_seconds",
            s -> row.fits(s) && s.label("quantile").equals(quantile))
        * MILLIS;
  }

  private double rate(String name, java.util.function.Predicate<Scrape.Sample> which) {
    // A node that was started again counts from 0.
    return Math.max(0, now.sum(name, which) - before.sum(name, which)) / seconds;
  }

  private static boolean isOf(Scrape.Sample sample, String partition) {
    return sample.label("partition").equals(partition);
  }

  private static String shortName(String method) {
    String name = method.substring(method.indexOf('/') + 1);
    String service = method.substring(0, Math.max(0, method.indexOf('/')));
    return service.substring(service.lastIndexOf('.') + 1) + "/" + name;
  }

  private record Partition(
      String name, double commands, double queries, double queue, double refused) {
    double work() {
      return commands + queries + queue + refused;
    }
  }

  private record Row(String method, String protocol, double perS) {
    boolean fits(Scrape.Sample sample) {
      return sample.label("method").equals(method) && sample.label("protocol").equals(protocol);
    }
  }
}
