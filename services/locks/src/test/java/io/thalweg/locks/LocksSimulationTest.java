package io.thalweg.locks;

import com.google.protobuf.ByteString;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.locks.keyspaces.KeyspacesModel;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.HeartbeatRequest;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.WatchSpaceRequest;
import io.thalweg.locks.v1.WriteRegisterRequest;
import io.thalweg.testkit.Fault;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Locks on a machine that is killed, loses power, fills its disk, and whose clock jumps. What holds
 * for every service is checked in every run besides.
 */
class LocksSimulationTest {
  private static final List<String> SPACES = List.of("red", "blue");

  @SimulationTest(seeds = 100)
  void registersAreLinearizable(Seeds seeds) {
    Simulation.of(Locks.TYPE)
        .ask(4, LocksSimulationTest::write)
        .ask(
            2,
            random ->
                GetRegisterRequest.newBuilder()
                    .setSpace(space(random))
                    .setRegister(register(random))
                    .build())
        .watch(random -> WatchSpaceRequest.newBuilder().setSpace(space(random)).build())
        .model(new RegistersModel())
        .run(seeds);
  }

  @SimulationTest(seeds = 100)
  void locksAreLinearizableAndEveryDeadlockIsRefused(Seeds seeds) {
    Simulation.of(Locks.TYPE)
        // Log time may jump by a day, which no session outlives.
        .faults(withoutClockJumps())
        .ask(3, random -> openSession(random, 43_200_000))
        .ask(8, LocksSimulationTest::acquire)
        .ask(4, LocksSimulationTest::release)
        .ask(LocksSimulationTest::close)
        .ask(3, random -> LocksAreHeldByOne.look(SPACES.getFirst(), lock(random)))
        .watch(random -> WatchSpaceRequest.newBuilder().setSpace(SPACES.getFirst()).build())
        .model(new LocksModel())
        .run(seeds);
  }

  @SimulationTest(seeds = 60)
  void aLockHasOneHolderAndSilentSessionsLeaveNothingBehind(Seeds seeds) {
    Simulation.of(Locks.TYPE)
        .within(Duration.ofSeconds(20))
        .ask(3, random -> openSession(random, LocksAreHeldByOne.TTL_MS))
        .ask(8, LocksSimulationTest::acquire)
        .ask(3, LocksSimulationTest::release)
        .ask(3, LocksSimulationTest::heartbeat)
        .ask(LocksSimulationTest::close)
        .ask(3, random -> LocksAreHeldByOne.look(SPACES.getFirst(), lock(random)))
        .watch(random -> WatchSpaceRequest.newBuilder().setSpace(SPACES.getFirst()).build())
        .invariant(() -> new LocksAreHeldByOne(SPACES))
        .run(seeds);
  }

  @SimulationTest(seeds = 100)
  void keysAndTheirRevisionsAreLinearizable(Seeds seeds) {
    Simulation.of(Keyspaces.TYPE)
        .ask(3, KeyspacesModel::create)
        .ask(2, KeyspacesModel::put)
        .ask(2, KeyspacesModel::delete)
        .ask(3, KeyspacesModel::get)
        .watch(KeyspacesModel::watch)
        .model(new KeyspacesModel())
        .run(seeds);
  }

  private static WriteRegisterRequest write(RandomGenerator random) {
    WriteRegisterRequest.Builder write =
        WriteRegisterRequest.newBuilder()
            .setSpace(space(random))
            .setRegister(register(random))
            .setValue(ByteString.copyFromUtf8("v" + random.nextInt(100)));
    if (random.nextBoolean()) {
      write.setExpectedVersion(random.nextInt(8));
    }
    return write.build();
  }

  private static Fault[] withoutClockJumps() {
    return Arrays.stream(Fault.values())
        .filter(fault -> fault != Fault.CLOCK_JUMP)
        .toArray(Fault[]::new);
  }

  private static OpenSessionRequest openSession(RandomGenerator random, long ttlMs) {
    return OpenSessionRequest.newBuilder()
        .setSpace(SPACES.getFirst())
        .setSession(session(random))
        .setTtlMs(ttlMs)
        .build();
  }

  private static AcquireRequest acquire(RandomGenerator random) {
    return AcquireRequest.newBuilder()
        .setSpace(SPACES.getFirst())
        .setSession(session(random))
        .setLock(lock(random))
        .setTryOnly(random.nextInt(5) == 0)
        .build();
  }

  private static ReleaseRequest release(RandomGenerator random) {
    return ReleaseRequest.newBuilder()
        .setSpace(SPACES.getFirst())
        .setSession(session(random))
        .setLock(lock(random))
        .build();
  }

  private static HeartbeatRequest heartbeat(RandomGenerator random) {
    return HeartbeatRequest.newBuilder()
        .setSpace(SPACES.getFirst())
        .setSession(session(random))
        .build();
  }

  private static CloseSessionRequest close(RandomGenerator random) {
    return CloseSessionRequest.newBuilder()
        .setSpace(SPACES.getFirst())
        .setSession(session(random))
        .build();
  }

  private static String session(RandomGenerator random) {
    return "session-" + random.nextInt(4);
  }

  private static String lock(RandomGenerator random) {
    return "l" + random.nextInt(3);
  }

  private static String space(RandomGenerator random) {
    return SPACES.get(random.nextInt(SPACES.size()));
  }

  private static String register(RandomGenerator random) {
    return "r" + random.nextInt(3);
  }
}
