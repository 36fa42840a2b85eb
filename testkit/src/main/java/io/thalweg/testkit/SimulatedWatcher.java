package io.thalweg.testkit;

import com.google.protobuf.Message;
import io.thalweg.log.LogException;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Watches from the beginning, and goes on from where it was whenever the node is another one. At
 * the end it must have seen what a watcher sees that comes last.
 */
final class SimulatedWatcher {
  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(20);

  private final SimulatedRun run;
  private final SimulatedHost host;
  private final Message request;
  private final List<WatchStream.Item> seen = new ArrayList<>();
  private boolean stopped;

  SimulatedWatcher(SimulatedRun run, SimulatedHost host, Message request) {
    this.run = run;
    this.host = host;
    this.request = request;
  }

  void watch() {
    while (!stopped) {
      Node node = run.node().running();
      if (node == null) {
        host.sleep(RETRY_NS);
        continue;
      }
      follow(node, run.node().life());
    }
  }

  private void follow(Node node, int life) {
    try (WatchStream stream = node.watch(Request.of(request), position())) {
      while (!stopped && run.node().running() == node && run.node().life() == life) {
        WatchStream.Item item = stream.next(PATIENCE);
        if (item != null && run.node().running() == node) {
          see(item);
        }
      }
    } catch (Failure e) {
      if (!QuietNode.isTransient(e)) {
        throw new SimulationFailure("WatchersGoOn", "a watcher was refused: " + e, e);
      }
      host.sleep(RETRY_NS);
    } catch (LogException e) {
      // Its log is closed or damaged: the node will be another one.
      host.sleep(RETRY_NS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String position() {
    return seen.isEmpty() ? "0" : seen.getLast().position().toString();
  }

  private void see(WatchStream.Item item) {
    if (!seen.isEmpty() && seen.getLast().position().offset() >= item.position().offset()) {
      throw new SimulationFailure(
          Invariants.WATCHERS,
          "a watcher saw " + item.position() + " after " + seen.getLast().position(),
          null);
    }
    seen.add(item);
  }

  /** Reads what a new watcher sees now, lets this one catch up, and compares. */
  void finish(Node node) {
    List<WatchStream.Item> all = new ArrayList<>();
    try (WatchStream stream = node.watch(Request.of(request), "0")) {
      for (WatchStream.Item item = stream.next(PATIENCE);
          item != null;
          item = stream.next(PATIENCE)) {
        all.add(item);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < 100 && seen.size() < all.size(); i++) {
      host.sleep(PATIENCE.toNanos());
    }
    stopped = true;
    if (!seen.equals(all)) {
      throw new SimulationFailure(
          Invariants.WATCHERS,
          "a watcher of %s saw %d events, one that came last saw %d%n  the first: %s%n  the last: %s"
              .formatted(
                  SimulatedRun.shown(request),
                  seen.size(),
                  all.size(),
                  positions(seen),
                  positions(all)),
          null);
    }
  }

  private static List<String> positions(List<WatchStream.Item> items) {
    return items.stream().map(item -> item.position().toString()).toList();
  }
}
