package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.contract.check.ContractCheck;
import io.thalweg.contract.check.Releases;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.purse.GetPurseRequest;
import io.thalweg.runtime.test.purse.Moved;
import io.thalweg.runtime.test.purse.Paid;
import io.thalweg.runtime.test.purse.PayRequest;
import io.thalweg.runtime.test.purse.Purse;
import io.thalweg.runtime.test.purse.PurseEvent;
import io.thalweg.runtime.test.purse.WatchPurseRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The releases of a service: their contracts and their logs. To record the present one: {@code
 * -Dcontract=record}.
 */
class PursesTest {
  private static final Releases RELEASES = Releases.of("purse");
  private static final PartitionId PARTITION = new PartitionId("purse", 0);
  private static final String SEGMENT = "log/0000000001.segment";
  private static final String LOG = "log.segment.gz";
  private static final String STATE = "state.txt";
  private static final Pattern EVENTS = Pattern.compile("digest after (\\d+) events");
  private static final List<String> PURSES = List.of("ana", "ben", "cho");

  @TempDir Path data;
  @TempDir Path scratch;

  /** Once for each level: what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path data, @TempDir Path scratch)
      throws IOException {
    Path golden = RELEASES.goldenOf(new ServiceModel(Purses.TYPE).contractLevel());
    if (!Releases.isRecording() || Files.exists(golden)) {
      return;
    }
    try (Node node = open(data)) {
      for (int i = 0; i < 20; i++) {
        node.call(
            PayRequest.newBuilder().setPurse(PURSES.get(i % 3)).setCoins(i).setCents(-i).build(),
            Purse.class);
      }
    }
    Files.createDirectories(golden);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(golden.resolve(LOG)))) {
      Files.copy(data.resolve(SEGMENT), out);
    }
    long events;
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      events = log.durableOffset(PARTITION);
    }
    Files.writeString(golden.resolve(STATE), dump(data, scratch, events));
  }

  static List<Integer> levels() {
    return RELEASES.levels();
  }

  @Test
  void theContractBreaksNothingThatWasReleased() {
    ContractCheck.verify(Purses.TYPE.contract());
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(RELEASES.levelsWithout(LOG)).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) throws IOException {
    String expected = Files.readString(RELEASES.goldenOf(level).resolve(STATE));
    unpack(level);
    Matcher events = EVENTS.matcher(expected);
    assertThat(events.find()).isTrue();
    assertThat(dump(data, scratch, Long.parseLong(events.group(1)))).isEqualTo(expected);
  }

  private void unpack(int level) throws IOException {
    Files.createDirectories(data.resolve("log"));
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(RELEASES.goldenOf(level).resolve(LOG)))) {
      Files.copy(in, data.resolve(SEGMENT));
    }
    Files.writeString(data.resolve("node.properties"), "format=1\npartitions.purse=1\n");
  }

  private static String dump(Path data, Path scratch, long events) {
    StringBuilder out = new StringBuilder();
    try (Node node = open(data)) {
      for (String purse : PURSES) {
        GetPurseRequest get = GetPurseRequest.newBuilder().setPurse(purse).build();
        out.append("%s %d%n".formatted(purse, node.call(get, Purse.class).getCents()));
      }
    }
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      out.append("digest after %d events: ".formatted(events))
          .append(TableVerifier.digest(log, Purses.TYPE, PARTITION, 1, events, scratch))
          .append('\n');
    }
    return out.toString();
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Purses.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10)))
        .open();
  }

  @Test
  void watchersOfAnOldLogAreSentWhatTheOldEventsBecame() throws Exception {
    unpack(1);
    WatchPurseRequest watch = WatchPurseRequest.newBuilder().setPurse("ben").build();
    try (Node node = open(data);
        WatchStream stream = node.watch(Request.of(watch), "0")) {
      for (int coins = 1; coins < 20; coins += 3) {
        WatchStream.Item item = stream.next(Duration.ofSeconds(100));
        if (item == null) {
          throw new AssertionError("no event came in time");
        }
        PurseEvent event = (PurseEvent) item.message();
        assertThat(event.getMoved().getCents()).isEqualTo(coins * 100L);
      }
    }
  }

  @Test
  void anOldLogIsGoneOnWithAndVerified() throws IOException {
    unpack(1);
    PayRequest pay = PayRequest.newBuilder().setPurse("ana").setCents(5).build();
    try (Node node = open(data)) {
      long before =
          node.call(GetPurseRequest.newBuilder().setPurse("ana").build(), Purse.class).getCents();
      assertThat(node.call(pay, Purse.class).getCents()).isEqualTo(before + 5);
    }
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      assertThat(
              TableVerifier.verify(directory, log, List.of(Purses.TYPE), scratch, progress -> {}))
          .singleElement()
          .satisfies(result -> assertThat(result.isEqual()).isTrue());
    }
  }

  @Test
  void anEventOfAnEarlierReleaseIsNotEmittedAgain() {
    PayRequest pay =
        PayRequest.newBuilder()
            .setPurse("ana")
            .setCoins(1)
            .setCents(Purses.AS_THE_FIRST_RELEASE_DID)
            .build();
    try (Node node = open(data)) {
      assertThatThrownBy(() -> node.call(pay, Purse.class)).isInstanceOf(Failure.class);
      assertThat(
              node.call(GetPurseRequest.newBuilder().setPurse("ana").build(), Purse.class)
                  .getCents())
          .isZero();
    }
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      assertThat(log.durableOffset(PARTITION)).as("the contract, and nothing else").isEqualTo(1);
    }
  }

  @Test
  void anUpcastLeadsToAnEventWithAHandlerAndStandsAlone() {
    assertRefused(
        d -> d.upcast(Paid.class, Moved.class, paid -> Moved.getDefaultInstance()),
        "is upcast to thalweg.test.purse.Moved, which has no handler");
    assertRefused(
        d -> {
          d.upcast(Paid.class, Moved.class, paid -> Moved.getDefaultInstance());
          d.upcast(Moved.class, Paid.class, moved -> Paid.getDefaultInstance());
        },
        "which leads back to it");
    assertRefused(
        d -> {
          d.event(Moved.class, (event, context) -> {});
          d.event(Paid.class, (event, context) -> {});
          d.upcast(Paid.class, Moved.class, paid -> Moved.getDefaultInstance());
        },
        "event thalweg.test.purse.Paid has two handlers or upcasts");
  }

  private static void assertRefused(Consumer<Definition> events, String message) {
    ServiceType type =
        ServiceType.of(
            Purses.TYPE.contract(),
            d -> {
              d.command(PayRequest.class, Purse.class, (q, c) -> Purse.getDefaultInstance());
              d.query(GetPurseRequest.class, Purse.class, (q, c) -> Purse.getDefaultInstance());
              d.watch(WatchPurseRequest.class, PurseEvent.class, (q, e) -> null);
              events.accept(d);
            });
    assertThatThrownBy(() -> new ServiceModel(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void anUpcastThatFailsStopsThePartitionAndSaysAtWhichEvent() throws IOException {
    unpack(1);
    ServiceType type =
        ServiceType.of(
            Purses.TYPE.contract(),
            d -> {
              d.command(PayRequest.class, Purse.class, (q, c) -> Purse.getDefaultInstance());
              d.query(GetPurseRequest.class, Purse.class, (q, c) -> Purse.getDefaultInstance());
              d.watch(WatchPurseRequest.class, PurseEvent.class, (q, e) -> null);
              d.event(Moved.class, (event, context) -> {});
              d.upcast(
                  Paid.class,
                  Moved.class,
                  paid -> {
                    throw new IllegalStateException("secret");
                  });
            });
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      assertThatThrownBy(() -> TableVerifier.digest(log, type, PARTITION, 1, 2, scratch))
          .isInstanceOf(UnappliableEventException.class)
          .hasMessageContaining(
              "the event at offset 1 (thalweg.test.purse.Paid) cannot be upcast:"
                  + " java.lang.IllegalStateException");
    }
  }
}
