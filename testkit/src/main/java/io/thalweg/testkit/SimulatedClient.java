package io.thalweg.testkit;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.MethodKind;
import io.thalweg.host.Waiters;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.testkit.linear.Operation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client: asks one thing after the other. What may be asked again (a query, a named command) it
 * asks until there is an answer; the outcome of another command may stay unknown.
 */
final class SimulatedClient {
  private static final long ANSWER_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);
  private static final long MAX_BACKOFF_NS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final int NAMED_OF_FOUR = 3;

  private final SimulatedRun run;
  private final SimulatedHost host;
  private final int number;
  private final Waiters waiters;
  private int asked;

  SimulatedClient(SimulatedRun run, SimulatedHost host, int number) {
    this.run = run;
    this.host = host;
    this.number = number;
    this.waiters = new Waiters(host);
  }

  /** Asks everything, in order, none before its time. */
  void askAll(List<Plan.Ask> asks) {
    for (Plan.Ask ask : asks) {
      long waitNs = ask.atUs() * 1_000 - (host.nanoTime() - run.beganNs());
      if (waitNs > 0) {
        host.sleep(waitNs);
      }
      ask(ask);
    }
  }

  private void ask(Plan.Ask ask) {
    SplittableRandom random = new SplittableRandom(ask.seed());
    Message message = run.draw(random);
    Routes.Route route = run.routes().of(message);
    boolean isCommand = route.method().kind() == MethodKind.COMMAND;
    boolean isNamed = isCommand && random.nextInt(4) < NAMED_OF_FOUR;
    String name = name(asked++);
    Request request = isNamed ? Request.of(message).named(name) : Request.of(message);
    boolean mayRepeat = isNamed || !isCommand;
    long invokedNs = host.nanoTime();
    run.journal(() ->
        "client %d asks %s%s"
            .formatted(number, SimulatedRun.shown(message), isNamed ? " as " + name : ""));
    while (true) {
      Attempt attempt = new Attempt();
      Runnable delivery = () -> arrive(request, attempt);
      if (mayRepeat) {
        run.network().deliverPerhapsTwice(delivery);
      } else {
        run.network().deliver(delivery);
      }
      waiters.await(attempt::isAnswered, ANSWER_TIMEOUT_NS);
      Outcome outcome = attempt.outcome;
      if (outcome != null) {
        run.answered(
            Operation.answered(
                number, route.keyOf(message), message, outcome, invokedNs, host.nanoTime()),
            new Answered(
                number,
                message,
                request.name(),
                isCommand,
                outcome,
                partitionOf(route, attempt.position),
                attempt.position));
        return;
      }
      if (!mayRepeat) {
        if (!attempt.isHarmless) {
          run.journal(() -> "client " + number + " does not know what became of it");
          run.unknown(Operation.unknown(number, route.keyOf(message), message, invokedNs));
        }
        return;
      }
      host.sleep(1 + random.nextLong(MAX_BACKOFF_NS));
    }
  }

  // Every second client draws its names in a series, and one request has ended when the next
  // begins.
  private String name(int ask) {
    return number % 2 == 0
        ? "c" + number + "-" + ask
        : "~client%010d.%d.%d".formatted(number, ask, ask);
  }

  private static @Nullable String partitionOf(Routes.Route route, @Nullable Position position) {
    return position == null ? null : route.service() + "/" + position.partition();
  }

  /** The request has reached the node, if there is one. On the thread of whoever let time pass. */
  private void arrive(Request request, Attempt attempt) {
    Node node = run.node().running();
    if (node == null) {
      return;
    }
    int life = run.node().life();
    node.submit(
        request,
        new ReplyHandler() {
          @Override
          public void reply(Message reply, Position position) {
            leave(life, () -> attempt.reply(reply, position));
          }

          @Override
          public void failure(Failure failure) {
            run.reached().refused(failure);
            leave(life, () -> attempt.failure(failure));
          }
        });
  }

  // What a dying process still says reaches nobody.
  private void leave(int life, Runnable answer) {
    if (run.node().running() != null && run.node().life() == life) {
      run.network()
          .deliver(() -> {
            answer.run();
            waiters.wake();
          });
    }
  }

  /** One try to get an answer. */
  private static final class Attempt {
    private @Nullable Outcome outcome;
    private @Nullable Position position;
    private boolean isAnswered;
    private boolean isHarmless;

    boolean isAnswered() {
      return isAnswered;
    }

    void reply(Message message, Position at) {
      if (!isAnswered) {
        isAnswered = true;
        outcome = new Outcome.Replied(message);
        position = at;
      }
    }

    void failure(Failure failure) {
      if (isAnswered) {
        return;
      }
      isAnswered = true;
      if (!QuietNode.isTransient(failure)) {
        outcome = new Outcome.Refused(failure.code());
      }
      // UNAVAILABLE may mean that the outcome is unknown; the other two were not executed.
      isHarmless = failure.code() != Code.UNAVAILABLE;
    }
  }
}
