package io.thalweg.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.TreeMap;

/** Processor time of this process by thread, to say where a request's cost falls. */
final class ThreadTimes {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final Map<String, Long> byThreadNs;
  private final long processNs;

  private ThreadTimes(Map<String, Long> byThreadNs, long processNs) {
    this.byThreadNs = byThreadNs;
    this.processNs = processNs;
  }

  static ThreadTimes now() {
    Map<String, Long> byThreadNs = new TreeMap<>();
    for (ThreadInfo info : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (info != null) {
        long ns = THREADS.getThreadCpuTime(info.getThreadId());
        byThreadNs.merge(info.getThreadName(), Math.max(0, ns), Long::sum);
      }
    }
    return new ThreadTimes(byThreadNs, SYSTEM.getProcessCpuTime());
  }

  /**
   * A row for every thread that took at least a hundredth of the time since {@code before}: name,
   * microseconds a request, cores.
   */
  TextTable since(ThreadTimes before, long requests, double seconds) {
    TextTable table = new TextTable("thread", "us a request", "cores");
    long total = processNs - before.processNs;
    long rest = total;
    for (Map.Entry<String, Long> thread : byThreadNs.entrySet()) {
      long ns = thread.getValue() - before.byThreadNs.getOrDefault(thread.getKey(), 0L);
      rest -= ns;
      if (ns > total / 100) {
        row(table, thread.getKey(), ns, requests, seconds);
      }
    }
    row(table, "JVM (garbage collection, compiler) and others", rest, requests, seconds);
    row(table, "all", total, requests, seconds);
    return table;
  }

  private static void row(TextTable table, String name, long ns, long requests, double seconds) {
    table.row(
        name,
        TextTable.decimals(ns / 1e3 / requests, 2),
        TextTable.decimals(ns / 1e9 / seconds, 2));
  }
}
