package io.thalweg.testkit;

import io.thalweg.runtime.DeadLetter;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.ServiceType;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Looks for dead letters now and then, whatever goes wrong meanwhile: has messages executed again,
 * and drops timers. At the end none is left.
 */
final class SimulatedOperator {
  private static final int PAGE = 3;
  private static final String TIMER = "timer:";
  private static final long MAX_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int MAX_ROUNDS = 10_000;

  private final SimulatedNode node;
  private final SimulatedHost host;
  private final SplittableRandom random;
  private boolean stopped;

  SimulatedOperator(SimulatedNode node, SimulatedHost host, long seed) {
    this.node = node;
    this.host = host;
    this.random = new SplittableRandom(seed);
  }

  void work() {
    while (!stopped) {
      host.sleep(1 + random.nextLong(MAX_PAUSE_NS));
      lookOnce();
    }
  }

  /** Goes on until no dead letter is left; then nothing may make one any more. */
  void finish() {
    stopped = true;
    for (int round = 0; lookOnce(); round++) {
      if (round > MAX_ROUNDS) {
        throw new SimulationFailure("DeadLettersEnd", "there are dead letters that stay", null);
      }
      host.sleep(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  // On a thread of the node's machine: what waits for its answers dies with it.
  private boolean lookOnce() {
    boolean[] found = new boolean[1];
    Node running = node.running();
    if (running != null) {
      host.join(node.run("operator", () -> found[0] = decideAll(running)));
    }
    return found[0];
  }

  private boolean decideAll(Node running) {
    boolean found = false;
    for (ServiceType type : running.services()) {
      try {
        String name = SimulatedNode.nameOf(type);
        List<DeadLetter> letters = running.deadLetters(name, PAGE, "").letters();
        found |= !letters.isEmpty();
        for (DeadLetter letter : letters) {
          if (letter.source().startsWith(TIMER)) {
            running.dropDeadLetter(name, letter.id());
          } else {
            running.retryDeadLetter(name, letter.id());
          }
        }
      } catch (Failure e) {
        // Refused again, gone, or the node cannot just now: there will be another round.
        found = true;
      }
    }
    return found;
  }
}
