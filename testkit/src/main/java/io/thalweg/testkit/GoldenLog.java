package io.thalweg.testkit;

import io.thalweg.contract.ContractProto;
import io.thalweg.contract.check.Releases;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The golden logs of a service: what a node of each release wrote, in {@code
 * src/test/resources/released/SERVICE/LEVEL/}, and what that replays to, as text: what the service
 * answers, and the digest of all rows. One partition, one segment.
 *
 * <p>If one replays to something else, the replay of users' logs has changed.
 */
public final class GoldenLog {
  private static final String SEGMENT = "log/0000000001.segment";
  private static final String LOG = "log.segment.gz";
  private static final String STATE = "state.txt";
  private static final Pattern EVENTS = Pattern.compile("digest after (\\d+) events: [0-9a-f]+\n");

  private final ServiceType type;
  private final String name;
  private final Releases releases;
  private final PartitionId partition;
  private final BiConsumer<Node, StringBuilder> answers;

  private GoldenLog(ServiceType type, BiConsumer<Node, StringBuilder> answers) {
    this.type = type;
    this.name = type.contract().getOptions().getExtension(ContractProto.service).getName();
    this.releases = Releases.of(name);
    this.partition = new PartitionId(name, 0);
    this.answers = answers;
  }

  /**
   * Those of a service.
   *
   * @param answers asks a node that has replayed one, and writes down what it says: nothing that
   *     tells the time, or that another release would say in other words
   */
  public static GoldenLog of(ServiceType type, BiConsumer<Node, StringBuilder> answers) {
    return new GoldenLog(type, answers);
  }

  /** The levels that were released, in order. */
  public List<Integer> levels() {
    return releases.levels();
  }

  /** The levels of which no log was recorded: there should be none. */
  public List<Integer> levelsWithout() {
    return releases.levelsWithout(LOG);
  }

  /**
   * Records the log of the present level, if that is asked for with {@code -Dcontract=record} and
   * it is not there yet. What is there stays.
   *
   * @param folder for files that are not needed afterwards
   * @param write has a node write what its releases can write: every event, a named request, more
   *     than one project
   */
  public void record(Path folder, Consumer<Node> write) {
    int level = type.contract().getOptions().getExtension(ContractProto.service).getContractLevel();
    Path golden = releases.goldenOf(level);
    if (!Releases.isRecording() || Files.exists(golden)) {
      return;
    }
    Path data = folder.resolve("recorded-" + name);
    try (Node node = open(data)) {
      write.accept(node);
    }
    try {
      Files.createDirectories(golden);
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(golden.resolve(LOG)))) {
        Files.copy(data.resolve(SEGMENT), out);
      }
      long events;
      try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
        events = log.durableOffset(partition);
      }
      Path scratch = folder.resolve("recorded-tables-" + name);
      Files.writeString(golden.resolve(STATE), state(data, scratch, events));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Replays the log of a release.
   *
   * @param folder for files that are not needed afterwards
   * @throws AssertionError if it does not replay to the state that the release had
   */
  public void verify(int level, Path folder) {
    Path golden = releases.goldenOf(level);
    try (InputStream log = Files.newInputStream(golden.resolve(LOG))) {
      verify(log, Files.readString(golden.resolve(STATE)), folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * As {@link #verify(int, Path)}, of a log that lies elsewhere.
   *
   * @param packed a segment, packed with gzip
   * @param expected the state that it had
   */
  public void verify(InputStream packed, String expected, Path folder) {
    Matcher events = EVENTS.matcher(expected);
    if (!events.find()) {
      throw new AssertionError("a golden state says after how many events it was: " + expected);
    }
    Path data = folder.resolve("golden-" + name);
    try (InputStream in = new GZIPInputStream(packed)) {
      Files.createDirectories(data.resolve("log"));
      Files.copy(in, data.resolve(SEGMENT));
      Files.writeString(data.resolve("node.properties"), "format=1\npartitions." + name + "=1\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String found =
        state(data, folder.resolve("golden-tables-" + name), Long.parseLong(events.group(1)));
    // The line with the digest is the last one, or was the first.
    if (!found.equals(events.replaceFirst("") + events.group())) {
      throw new AssertionError(
          "a golden log of %s replays to another state than it had.%nIt was:%n%s%nIt is:%n%s"
              .formatted(name, expected, found));
    }
  }

  /** Opens a node on the log, and says what it answers and what its rows are. */
  private String state(Path data, Path scratch, long events) {
    // First: a node that opens the log adds to it, and so does a question that is a command.
    String digest;
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      digest = TableVerifier.digest(log, type, partition, 1, events, scratch);
    }
    StringBuilder out = new StringBuilder();
    try (Node node = open(data)) {
      answers.accept(node, out);
    }
    return out.append("digest after %d events: ".formatted(events))
        .append(digest)
        .append('\n')
        .toString();
  }

  private Node open(Path data) {
    return Thalweg.at(data)
        .service(type)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(1 << 20)))
        .open();
  }
}
