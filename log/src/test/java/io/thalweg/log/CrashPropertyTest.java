package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.C;
import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random appends over partitions, crashes at random steps, and opens in between. */
final class CrashPropertyTest {
  private static final List<PartitionId> IDS = List.of(A, B, C);

  @Property(tries = 150)
  void whatIsFoundIsAPrefixOfWhatWasAppendedAndHoldsAllThatWasAcknowledged(@ForAll long seed) {
    Random random = new Random(seed);
    FaultyFiles files = new FaultyFiles(seed);
    Map<PartitionId, Long> acknowledged = new HashMap<>();
    Map<PartitionId, Long> appended = new HashMap<>();
    for (int life = 0; life < 4; life++) {
      // Lives go on with what was found, so the payloads of offsets that were lost come again.
      if (random.nextInt(4) > 0) {
        files.powerOffAtStep(files.steps() + random.nextInt(120));
      }
      try (LogFixture fixture = new LogFixture(files)) {
        appendSome(fixture, random, appended);
        for (PartitionId id : IDS) {
          acknowledged.merge(id, fixture.acks(id).durable(), Math::max);
        }
        if (random.nextBoolean()) {
          files.powerOff();
        }
      } catch (LogCorruptException e) {
        throw e;
      } catch (LogException e) {
        // The power went off.
      }
      files.powerOff();
      files.restart(FaultyFiles.Tear.RANDOM);
      LogVerifier.Report report = LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
      try (LogFixture fixture = new LogFixture(files)) {
        for (PartitionId id : IDS) {
          long found = LogFixture.check(fixture.log, id);
          assertThat(found).isEqualTo(report.events().getOrDefault(id, 0L));
          assertThat(found).isGreaterThanOrEqualTo(acknowledged.getOrDefault(id, 0L));
          assertThat(found).isLessThanOrEqualTo(appended.getOrDefault(id, 0L));
          // What was found is served, so it counts as acknowledged from here on.
          acknowledged.put(id, found);
          appended.put(id, found);
        }
      }
    }
  }

  private static void appendSome(
      LogFixture fixture, Random random, Map<PartitionId, Long> appended) {
    int batches = random.nextInt(60);
    try {
      for (int i = 0; i < batches; i++) {
        PartitionId id = IDS.get(random.nextInt(3));
        PartitionLog leader = fixture.leader(id);
        // Counted first: a batch that was refused may not be found, one that was taken may be.
        int events = random.nextInt(4);
        appended.merge(id, leader.endOffset() + events, Math::max);
        fixture.append(id, events, random.nextInt(3_000));
        if (random.nextInt(5) == 0) {
          fixture.acks(id).await(leader.endOffset());
        }
      }
    } catch (LogException e) {
      assertThat(fixture.log.status().failure()).isNotNull();
    }
    // The acknowledgements are read after the last one that may come.
    fixture.close();
  }
}
