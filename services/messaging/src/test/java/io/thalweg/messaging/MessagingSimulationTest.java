package io.thalweg.messaging;

import io.thalweg.runtime.ServiceType;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Messaging on a machine that is killed, loses power, fills its disk, and whose clock jumps, with
 * devices that come and go.
 */
class MessagingSimulationTest {
  // One run at a time: what devices ask depends on what they were answered.
  private @Nullable Devices devices;

  @SimulationTest(seeds = 40, threads = 1)
  void everyDeviceIsToldOfEveryMessageOnceInOrderAndUnreadIsTheModels(Seeds seeds) {
    run(Messaging.TYPE, seeds);
  }

  /** The group of three is a large one: inboxes are told by markers. */
  @SimulationTest(seeds = 40, threads = 1)
  void inLargeGroupsToo(Seeds seeds) {
    run(Messaging.of(2), seeds);
  }

  private void run(ServiceType type, Seeds seeds) {
    Simulation.of(type)
        .options(options -> options.withPartitions(3))
        .operations(120)
        .ask(random -> Objects.requireNonNull(devices).draw(random))
        .watch(random -> Requests.watch("bo"))
        .invariant(this::newDevices)
        .run(seeds);
  }

  private Devices newDevices() {
    Devices made = new Devices();
    devices = made;
    return made;
  }
}
