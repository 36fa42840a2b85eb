package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * Where threads were when a flight recording looked: which threads, the lines of code at the top of
 * the stack, and the methods anywhere on it.
 *
 * <p>Arguments: recording, beginning of the threads' names; empty: all.
 */
public final class ProfileReport {
  private static final int ROWS = 40;

  private final Map<String, Integer> lines = new HashMap<>();
  private final Map<String, Integer> threads = new HashMap<>();
  private final Map<String, Integer> methods = new HashMap<>();
  private int samples;

  private ProfileReport() {}

  /** Reads the recording and prints the report. */
  public static void main(String[] args) throws IOException {
    ProfileReport report = new ProfileReport();
    try (RecordingFile recording = new RecordingFile(Path.of(args[0]))) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        switch (event.getEventType().getName()) {
          // A sample for each slice of processor time, within system calls too, where it is on.
          case "jdk.CPUTimeSample" -> report.add(event, event.getThread("eventThread"), args[1]);
          case "jdk.ExecutionSample" ->
              report.add(event, event.getThread("sampledThread"), args[1]);
          default -> {}
        }
      }
    }
    System.out.printf(Locale.ROOT, "%d samples of thread %s%n%n", report.samples, args[1]);
    report.print("threads", report.threads);
    report.print("line at the top of the stack", report.lines);
    report.print("method on the stack", report.methods);
  }

  private void add(RecordedEvent event, @Nullable RecordedThread thread, String threadName) {
    RecordedStackTrace trace = event.getStackTrace();
    if (thread == null || trace == null || thread.getJavaName() == null) {
      return;
    }
    List<RecordedFrame> frames = trace.getFrames();
    if (!thread.getJavaName().startsWith(threadName) || frames.isEmpty()) {
      return;
    }
    samples++;
    threads.merge(thread.getJavaName().replaceAll("[-/]?\\d+", ""), 1, Integer::sum);
    RecordedFrame top = frames.getFirst();
    lines.merge(name(top) + ":" + top.getLineNumber(), 1, Integer::sum);
    Set<String> seen = new HashSet<>();
    for (RecordedFrame frame : frames) {
      if (seen.add(name(frame))) {
        methods.merge(name(frame), 1, Integer::sum);
      }
    }
  }

  private static String name(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
  }

  private void print(String what, Map<String, Integer> counts) {
    TextTable table = new TextTable(what, "% of samples");
    List<Map.Entry<String, Integer>> sorted = new ArrayList<>(counts.entrySet());
    sorted.sort((a, b) -> Integer.compare(b.getValue(), a.getValue()));
    for (Map.Entry<String, Integer> each : sorted.subList(0, Math.min(ROWS, sorted.size()))) {
      table.row(each.getKey(), TextTable.decimals(100.0 * each.getValue() / samples, 1));
    }
    table.print();
  }
}
