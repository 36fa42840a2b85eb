package io.thalweg.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.docs.yjs.YDoc;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/**
 * The keystrokes of a trace, typed into a document: the library of {@code services/docs/yjs} beside
 * yjs, ywasm and automerge in Node. Editing makes an update of each keystroke; applying brings them
 * one by one into another document (automerge: all at once); then it is written and read. Of
 * several rounds the best counts, in the same process: the virtual machines are warm. Memory is
 * what the heap grows by when the document is read; not known of those that are WebAssembly.
 *
 * <p>Arguments: the trace, rounds, the folder of the peers, and the peers.
 */
public final class DocsCodecBench {
  private static final int READS = 5;

  /** As long when it is written as those that the others draw. */
  private static final long CLIENT = 3_000_000_019L;

  private static final int PEER_ROUNDS = 3;

  private final JsonNode trace;
  private double editMs = Double.MAX_VALUE;
  private double applyMs = Double.MAX_VALUE;
  private double encodeMs = Double.MAX_VALUE;
  private double parseMs = Double.MAX_VALUE;

  /** Something for a measured result to be kept in. */
  private record Taken<T>(T result, double ms) {}

  private DocsCodecBench(JsonNode trace) {
    this.trace = trace;
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    TextTable table =
        new TextTable(
            "library", "edit ms", "apply ms", "write ms", "read ms", "bytes", "memory KiB");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      new DocsCodecBench(new ObjectMapper().readTree(in)).run(Integer.parseInt(args[1]), table);
    }
    for (int i = 3; i < args.length; i++) {
      peer(args[i], file, args[1], Path.of(args[2]), table);
    }
    table.print();
  }

  private static <T> Taken<T> take(Supplier<T> run) {
    long from = System.nanoTime();
    T result = run.get();
    return new Taken<>(result, (System.nanoTime() - from) / 1e6);
  }

  private void run(int rounds, TextTable table) throws InterruptedException {
    byte[] bytes = {};
    for (int round = 0; round < rounds; round++) {
      Taken<List<byte[]>> updates = take(this::edit);
      editMs = Math.min(editMs, updates.ms());
      Taken<YDoc> doc = take(() -> apply(updates.result()));
      applyMs = Math.min(applyMs, doc.ms());
      if (!doc.result().text("t").equals(trace.get("endContent").asText())) {
        throw new IllegalStateException("another text");
      }
      for (int i = 0; i < READS; i++) {
        Taken<byte[]> written = take(doc.result()::encode);
        encodeMs = Math.min(encodeMs, written.ms());
        bytes = written.result();
        byte[] all = bytes;
        parseMs = Math.min(parseMs, take(() -> YDoc.of(all)).ms());
      }
    }
    long before = heapBytes();
    YDoc kept = YDoc.of(bytes);
    long memory = heapBytes() - before;
    if (kept.text("t").isEmpty()) {
      throw new IllegalStateException("no text");
    }
    row(table, "thalweg (Java)", editMs, applyMs, encodeMs, parseMs, bytes.length, memory);
  }

  private List<byte[]> edit() {
    YDoc doc = new YDoc();
    List<byte[]> updates = new ArrayList<>();
    for (JsonNode step : trace.get("txns")) {
      for (JsonNode patch : step.get("patches")) {
        int at = patch.get(0).asInt();
        int removed = patch.get(1).asInt();
        String inserted = patch.get(2).asText();
        updates.add(
            doc.edit(
                CLIENT,
                edit -> {
                  if (removed > 0) {
                    edit.delete("t", at, removed);
                  }
                  if (!inserted.isEmpty()) {
                    edit.insertText("t", at, inserted);
                  }
                }));
      }
    }
    return updates;
  }

  private static YDoc apply(List<byte[]> updates) {
    YDoc doc = new YDoc();
    updates.forEach(doc::apply);
    return doc;
  }

  /** What is used after everything that can be let go was. */
  private static long heapBytes() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static void peer(String library, Path trace, String rounds, Path folder, TextTable table)
      throws IOException, InterruptedException {
    Process node =
        new ProcessBuilder(
                "node",
                "--expose-gc",
                "codec.mjs",
                library,
                trace.toAbsolutePath().toString(),
                library.equals("yjs") ? "" + Math.min(PEER_ROUNDS, Integer.parseInt(rounds)) : "1")
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed =
        new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    if (node.waitFor() != 0) {
      throw new IllegalStateException(library + " ended with " + node.exitValue());
    }
    JsonNode took = new ObjectMapper().readTree(printed.substring(printed.lastIndexOf('\n') + 1));
    row(
        table,
        library + " (Node)",
        took.get("edit").asDouble(),
        took.get("apply").asDouble(),
        took.get("encode").asDouble(),
        took.get("parse").asDouble(),
        took.get("size").asLong(),
        library.equals("yjs") ? took.get("memory").asLong() : -1);
  }

  private static void row(
      TextTable table,
      String library,
      double editMs,
      double applyMs,
      double encodeMs,
      double parseMs,
      long bytes,
      long memory) {
    table.row(
        library,
        ms(editMs),
        ms(applyMs),
        ms(encodeMs),
        ms(parseMs),
        Long.toString(bytes),
        memory < 0 ? "-" : Long.toString(memory >> 10));
  }

  private static String ms(double ms) {
    return String.format(Locale.ROOT, "%.1f", ms);
  }
}
