package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What an unclean stop leaves at the end of the log, and what opening makes of it. */
final class TornTailTest {
  /** A log that stopped with power loss after three groups of events; nothing proves the last. */
  private static FaultyFiles stopped() {
    return stopped(40);
  }

  private static FaultyFiles stopped(int firstPayloadBytes) {
    FaultyFiles files = new FaultyFiles(1);
    LogFixture fixture = new LogFixture(files);
    fixture.lead(A);
    fixture.lead(B);
    fixture.appendDurably(A, 3, firstPayloadBytes);
    fixture.appendDurably(B, 2, 30);
    fixture.appendDurably(A, 2, 50);
    fixture.crash(files, FaultyFiles.Tear.LOSE);
    return files;
  }

  @Test
  void whatWasAcknowledgedSurvivesThePowerLoss() {
    FaultyFiles files = stopped();
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(5);
      assertThat(LogFixture.check(fixture.log, B)).isEqualTo(2);
    }
  }

  @Test
  void aLastGroupCutAtAnyByteIsThereInFullOrNotAtAll() {
    FaultyFiles whole = stopped();
    Path file = LogFixture.lastSegment(whole);
    byte[] bytes = whole.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int end = groups.get(groups.size() - 1);
    int last = groups.get(groups.size() - 2);
    for (int cut = last; cut < end; cut++) {
      FaultyFiles files = whole.copy(cut);
      byte[] torn = bytes.clone();
      Arrays.fill(torn, cut, end, (byte) 0);
      files.put(file, torn);
      boolean same = Arrays.equals(torn, bytes);
      checkGoesOn(files, same ? 5 : 3);
      // The same with the file itself cut off.
      files = whole.copy(cut);
      files.put(file, Arrays.copyOf(bytes, cut));
      checkGoesOn(files, 3);
    }
  }

  /** Opens, checks, appends, opens again and checks that the old tail is not seen again. */
  private static void checkGoesOn(FaultyFiles files, long expected) {
    LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(expected);
      assertThat(LogFixture.check(fixture.log, B)).isEqualTo(2);
      fixture.appendDurably(A, 1, 40);
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(expected + 1);
    }
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(expected + 1);
    }
  }

  @Test
  void twoTornGroupsInFlightAreBothDropped() {
    FaultyFiles whole = stopped();
    Path file = LogFixture.lastSegment(whole);
    byte[] bytes = whole.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int end = groups.get(groups.size() - 1);
    int last = groups.get(groups.size() - 2);
    int before = groups.get(groups.size() - 3);
    // As if both had been written while a force was under way: neither claims the one before.
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long durable = in.getLong(before + GroupFormat.DURABLE_AT);
    GroupFormat.putHeader(
        in.slice(last, end - last),
        LogFixture.logId(bytes),
        end - last,
        in.getLong(last + GroupFormat.POSITION_AT),
        durable,
        in.getInt(last + GroupFormat.COUNT_AT));
    for (int flip = before; flip < last; flip += 7) {
      FaultyFiles files = whole.copy(flip);
      byte[] torn = bytes.clone();
      torn[flip] ^= 0x10;
      files.put(file, torn);
      try (LogFixture fixture = new LogFixture(files)) {
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(3);
        assertThat(LogFixture.check(fixture.log, B)).isZero();
        fixture.appendDurably(B, 1, 30);
      }
      try (LogFixture fixture = new LogFixture(files)) {
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(3);
        assertThat(LogFixture.check(fixture.log, B)).isEqualTo(1);
      }
    }
  }

  @Test
  void aBadGroupThatALaterHeaderProvesDurableIsRefused() {
    FaultyFiles files = stopped();
    Path file = LogFixture.lastSegment(files);
    byte[] bytes = files.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int before = groups.get(groups.size() - 3);
    bytes[before + 100] ^= 1;
    files.put(file, bytes);
    assertThatThrownBy(() -> new LogFixture(files))
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("file offset " + before)
        .hasMessageContaining("says that this was durable");
    assertThat(files.get(file)).isEqualTo(bytes);
  }

  /** What an open copied is proven by the header of the segment, before any group follows. */
  @Test
  void aBadGroupThatTheSegmentsHeaderProvesDurableIsRefused() {
    // The copy takes the place of a small segment, and follows one that is not.
    for (int payload : new int[] {40, 20_000}) {
      FaultyFiles files = stopped(payload);
      Path before = LogFixture.lastSegment(files);
      new LogFixture(files).crash(files, FaultyFiles.Tear.LOSE);
      Path file = LogFixture.lastSegment(files);
      assertThat(file.equals(before)).isEqualTo(payload == 40);
      byte[] bytes = files.get(file);
      List<Integer> groups = LogFixture.groups(bytes);
      int last = groups.get(groups.size() - 2);
      int end = groups.get(groups.size() - 1);
      for (int flip = last; flip < end; flip += 7) {
        FaultyFiles damaged = files.copy(flip);
        byte[] flipped = bytes.clone();
        flipped[flip] ^= 1;
        damaged.put(file, flipped);
        assertThatThrownBy(() -> new LogFixture(damaged))
            .isInstanceOf(LogCorruptException.class)
            .hasMessageContaining(file.toString())
            .hasMessageContaining("file offset " + last)
            .hasMessageContaining("the segment's header says");
        assertThat(damaged.get(file)).isEqualTo(flipped);
      }
      // The same segment as it is serves everything.
      try (LogFixture fixture = new LogFixture(files)) {
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(5);
        assertThat(LogFixture.check(fixture.log, B)).isEqualTo(2);
      }
    }
  }

  @Test
  void aStaleGroupBehindTheTailIsNeverTaken() {
    FaultyFiles whole = stopped();
    Path file = LogFixture.lastSegment(whole);
    byte[] bytes = whole.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int end = groups.get(groups.size() - 1);
    int last = groups.get(groups.size() - 2);
    byte[] stale = Arrays.copyOfRange(bytes, last, end);

    // A copy of the last group right behind it: its position is that of another place.
    byte[] doubled = bytes.clone();
    System.arraycopy(stale, 0, doubled, end, stale.length);
    FaultyFiles files = whole.copy(1);
    files.put(file, doubled);
    checkGoesOn(files, 5);

    // The same with a header made for this place: its batches do not continue the chain.
    ByteBuffer forged = ByteBuffer.wrap(doubled);
    long position = forged.getLong(last + GroupFormat.POSITION_AT) + (end - last);
    GroupFormat.putHeader(
        forged.slice(end, stale.length),
        LogFixture.logId(bytes),
        stale.length,
        position,
        position - (end - last),
        1);
    files = whole.copy(2);
    files.put(file, doubled);
    checkGoesOn(files, 5);

    // A good group behind one that is lost: it stays out, and what comes next is not confused by
    // it.
    byte[] lost = bytes.clone();
    int before = groups.get(groups.size() - 3);
    Arrays.fill(lost, before, last, (byte) 0);
    ByteBuffer in = ByteBuffer.wrap(lost);
    GroupFormat.putHeader(
        in.slice(last, end - last),
        LogFixture.logId(bytes),
        end - last,
        in.getLong(last + GroupFormat.POSITION_AT),
        in.getLong(last + GroupFormat.POSITION_AT) - (last - before),
        1);
    FaultyFiles third = whole.copy(3);
    third.put(file, lost);
    try (LogFixture fixture = new LogFixture(third)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(3);
      assertThat(LogFixture.check(fixture.log, B)).isZero();
      fixture.appendDurably(B, 2, 30);
    }
    try (LogFixture fixture = new LogFixture(third)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(3);
      assertThat(LogFixture.check(fixture.log, B)).isEqualTo(2);
    }
  }

  @Test
  void aPayloadThatLooksLikeAGroupHeaderProvesNothing() {
    FaultyFiles files = new FaultyFiles(1);
    LogFixture fixture = new LogFixture(files);
    fixture.appendDurably(A, 3, 40);
    PartitionLog leader = fixture.leader(A);
    BatchBuilder batch = leader.begin(9_000);
    ByteBuffer header = ByteBuffer.allocate(GroupFormat.HEADER_BYTES);
    long position = fixture.log.status().durablePosition();
    // At the very place where its event will be, but without the log's id.
    long place =
        position
            + GroupFormat.HEADER_BYTES
            + BatchFormat.HEADER_BYTES
            + BatchFormat.EVENT_HEADER_BYTES;
    GroupFormat.putHeader(header, new UUID(0, 0), GroupFormat.HEADER_BYTES, place, position + 8, 0);
    batch.beginEvent(7, 0, 0, EventMeta.NONE, GroupFormat.HEADER_BYTES).put(header);
    leader.append(batch);
    assertThat(fixture.acks(A).await(4)).isTrue();
    fixture.crash(files, FaultyFiles.Tear.LOSE);
    Path file = LogFixture.lastSegment(files);
    byte[] bytes = files.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int last = groups.get(groups.size() - 2);
    int payload = last + 48 + BatchFormat.HEADER_BYTES + BatchFormat.EVENT_HEADER_BYTES;
    assertThat(payload % GroupFormat.ALIGNMENT_BYTES).isZero();
    assertThat(ByteBuffer.wrap(bytes).getInt(payload)).isEqualTo(GroupFormat.MAGIC);
    bytes[last + 60] ^= 1;
    files.put(file, bytes);
    try (LogFixture again = new LogFixture(files)) {
      assertThat(LogFixture.check(again.log, A)).isEqualTo(3);
    }
  }

  @Test
  void aStaleBatchWithoutItsGroupIsNeverTaken() {
    FaultyFiles whole = stopped();
    Path file = LogFixture.lastSegment(whole);
    byte[] bytes = whole.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int end = groups.get(groups.size() - 1);
    int last = groups.get(groups.size() - 2);
    System.arraycopy(bytes, last + GroupFormat.HEADER_BYTES, bytes, end, end - last - 48);
    whole.put(file, bytes);
    checkGoesOn(whole, 5);
  }

  @Test
  void anIdleLogProvesItsLastGroup() {
    FaultyFiles files = new FaultyFiles(1);
    LogFixture fixture = new LogFixture(LogFixture.options(files).withIdlePublishMs(1));
    fixture.appendDurably(A, 3, 40);
    // The empty group comes without being asked for, and may have come already.
    while (fixture.log.status().durablePosition() < endOfAnEmptyGroup(files)) {
      Thread.onSpinWait();
    }
    fixture.crash(files, FaultyFiles.Tear.LOSE);
    assertLastGroupIsProven(files);
  }

  /** The position after the last group if that is an empty one; else beyond all. */
  private static long endOfAnEmptyGroup(FaultyFiles files) {
    ByteBuffer bytes = ByteBuffer.wrap(files.get(LogFixture.lastSegment(files)));
    List<Integer> groups = LogFixture.groups(bytes.array());
    int last = groups.get(groups.size() - 2);
    return bytes.getInt(last + GroupFormat.COUNT_AT) > 0
        ? Long.MAX_VALUE
        : bytes.getLong(last + GroupFormat.POSITION_AT)
            + bytes.getInt(last + GroupFormat.LENGTH_AT);
  }

  @Test
  void aClosedLogHasProvenItsLastGroup() {
    FaultyFiles files = new FaultyFiles(1);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.append(A, 3, 40);
    }
    files.powerOff();
    files.restart(FaultyFiles.Tear.LOSE);
    assertLastGroupIsProven(files);
  }

  private static void assertLastGroupIsProven(FaultyFiles files) {
    Path file = LogFixture.lastSegment(files);
    byte[] bytes = files.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int empty = groups.get(groups.size() - 2);
    assertThat(ByteBuffer.wrap(bytes).getInt(empty + GroupFormat.COUNT_AT)).isZero();
    bytes[empty - 20] ^= 1;
    files.put(file, bytes);
    assertThatThrownBy(() -> new LogFixture(files)).isInstanceOf(LogCorruptException.class);
  }

  @Test
  void aTornTailIsReportedAndIsNoError() {
    FaultyFiles files = stopped();
    Path file = LogFixture.lastSegment(files);
    byte[] bytes = files.get(file);
    List<Integer> groups = LogFixture.groups(bytes);
    int last = groups.get(groups.size() - 2);
    bytes[last + 60] ^= 1;
    files.put(file, bytes);
    LogVerifier.Report report = LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
    assertThat(report.tornTailBytes()).isPositive();
    assertThat(report.events()).containsEntry(A, 3L).containsEntry(B, 2L);
  }
}
