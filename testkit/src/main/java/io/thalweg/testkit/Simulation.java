package io.thalweg.testkit;

import com.google.protobuf.Message;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.ServiceType;
import io.thalweg.testkit.linear.SequentialModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs services through everything that may go wrong: a real node on a simulated machine, whose
 * threads, clocks, disk and network follow from a seed, and clients that ask what the test gives
 * them. What has to hold is checked as the run goes and at its end.
 *
 * <pre>{@code
 * @SimulationTest(seeds = 500)
 * void everyAcknowledgedAddCounts(Seeds seeds) {
 *   Simulation.of(Tally.TYPE)
 *       .ask(random -> AddRequest.newBuilder().setName(name(random)).setAmount(1).build())
 *       .ask(random -> GetRequest.newBuilder().setName(name(random)).build())
 *       .model(new TallyModel())
 *       .run(seeds);
 * }
 * }</pre>
 *
 * <p>Always checked: {@link Invariants}. A description is changed by one thread and may then be run
 * by many.
 */
public final class Simulation {
  private static final int MAX_SHRINK_RUNS = 400;

  final List<ServiceType> services;
  final List<Source> sources = new ArrayList<>();
  final List<Generator> watched = new ArrayList<>();
  final List<Supplier<? extends Invariant>> invariants = new ArrayList<>();
  @Nullable SequentialModel<?, Message, Outcome> model;
  List<Fault> faults = List.of(Fault.values());
  int maxFaults = 4;
  int clients = 3;
  int operations = 60;
  long horizonMs;
  boolean emptiesDeadLetters;
  SimulatedEngine.@Nullable Maker engine;
  boolean restores;
  private List<Fault> wantedFaults = List.of();
  private List<Situation> wantedSituations = List.of();
  NodeOptions options = SimulatedRun.smallOptions();

  /** Makes a request, from nothing but the random numbers that it is given. */
  @FunctionalInterface
  public interface Generator {
    Message next(RandomGenerator random);
  }

  record Source(int weight, Generator generator) {}

  private Simulation(List<ServiceType> services) {
    this.services = services;
  }

  /** Begins to describe runs of a node with these services. */
  public static Simulation of(ServiceType... services) {
    return new Simulation(List.of(services));
  }

  /** Clients ask what this gives: commands and queries. All sources are drawn equally often. */
  public Simulation ask(Generator generator) {
    return ask(1, generator);
  }

  /** As {@link #ask(Generator)}, drawn {@code weight} times as often; 1 to 1,000. */
  public Simulation ask(int weight, Generator generator) {
    check("weight", weight, 1, 1_000);
    sources.add(new Source(weight, generator));
    return this;
  }

  /**
   * A client watches what this asks for, from the beginning of the log and across everything that
   * goes wrong; called once for each watcher of a run. That it sees each event once and in order is
   * checked.
   */
  public Simulation watch(Generator generator) {
    watched.add(generator);
    return this;
  }

  /**
   * What the service does when nothing is concurrent: answers have to be linearizable by it, for
   * each routing key apart.
   */
  public Simulation model(SequentialModel<?, Message, Outcome> sequential) {
    model = sequential;
    return this;
  }

  /** Something more that has to hold; called once for each run. */
  public Simulation invariant(Supplier<? extends Invariant> invariant) {
    invariants.add(invariant);
    return this;
  }

  /**
   * The node's log is that of another engine, in place of files on the simulated disk. Name the
   * {@link #faults} that make sense with it.
   */
  public Simulation engine(SimulatedEngine.Maker maker) {
    engine = maker;
    return this;
  }

  /** What may go wrong; everything if not called. */
  public Simulation faults(Fault... some) {
    faults = List.of(some);
    return this;
  }

  /** How much of it at most in one run, 0 to 100; 4 if not called. */
  public Simulation maxFaults(int most) {
    check("maxFaults", most, 0, 100);
    maxFaults = most;
    return this;
  }

  /** Clients that ask at the same time, 1 to 64; 3 if not called. */
  public Simulation clients(int count) {
    check("clients", count, 1, 64);
    clients = count;
    return this;
  }

  /** How often they ask in one run, 1 to 100,000; 60 if not called. */
  public Simulation operations(int count) {
    check("operations", count, 1, 100_000);
    operations = count;
    return this;
  }

  /**
   * In what time all is asked and goes wrong, 1 ms to 1 h; if not called, one of 20 ms, 200 ms, 2 s
   * and a minute, drawn for each run.
   */
  public Simulation within(Duration horizon) {
    check("within in ms", horizon.toMillis(), 1, Duration.ofHours(1).toMillis());
    horizonMs = horizon.toMillis();
    return this;
  }

  /**
   * An operator has messages that became dead letters executed again, and drops timers that did,
   * until none is left at the end.
   */
  public Simulation emptiesDeadLetters() {
    emptiesDeadLetters = true;
    return this;
  }

  /**
   * The node is backed up a few times while it runs. At the end one of the backups is restored, to
   * its end or to a log time, and the node that is made of it is started: its log is that of the
   * first one up to there, messages and timers that were under way happen once, its tables are what
   * its log says, and invariants hear of it ({@link Invariant#restored}).
   */
  public Simulation restores() {
    restores = true;
    return this;
  }

  /**
   * At least one of the seeds of a test meets each of these faults and situations: a test that no
   * longer gets there fails. Not checked where fewer seeds are run than the test says.
   */
  public Simulation meets(List<Fault> someFaults, Situation... situations) {
    wantedFaults = List.copyOf(someFaults);
    wantedSituations = List.of(situations);
    return this;
  }

  /** Changes the node's options, which are small from the start: 2 partitions, short queues. */
  public Simulation options(UnaryOperator<NodeOptions> change) {
    options = change.apply(options);
    return this;
  }

  /** Runs once for each seed; follows the plan of a failure that is replayed. */
  public void run(Seeds seeds) {
    Coverage coverage = new Coverage();
    seeds.forEach(seed -> {
      Optional<String> plan = seeds.plan();
      Result result = plan.isPresent() ? run(seed, Plan.read(plan.get())) : run(seed);
      seeds.simulatedMs(result.simulatedMs());
      coverage.add(result);
    });
    seeds.note("met: " + coverage);
    if (seeds.areAll()) {
      coverage.require(wantedFaults, wantedSituations);
    }
  }

  /**
   * What a run came to.
   *
   * @param simulatedMs virtual time that passed
   * @param steps how often a thread was scheduled
   * @param trace a hash of all that was scheduled: equal for equal runs
   * @param answers that reached clients
   * @param lives how often the node was started
   * @param faults that befell it
   * @param situations that it got into
   */
  public record Result(
      long simulatedMs,
      long steps,
      long trace,
      int answers,
      int lives,
      Set<Fault> faults,
      Set<Situation> situations) {
    public Result {
      faults = Set.copyOf(faults);
      situations = Set.copyOf(situations);
    }
  }

  /**
   * Runs once.
   *
   * @throws SimulationFailure if something did not hold
   */
  public Result run(long seed) {
    return run(seed, planOf(seed));
  }

  /** What happens in the run of a seed. */
  List<Plan.Item> planOf(long seed) {
    return Plan.draw(seed, clients, operations, faults, maxFaults, horizonMs);
  }

  private Result run(long seed, List<Plan.Item> plan) {
    if (sources.isEmpty()) {
      throw new IllegalStateException("ask(...) was not called: there is nothing to do");
    }
    try {
      return new SimulatedRun(this, seed, plan).run();
    } catch (SimulationFailure e) {
      throw e.from(plan, shorter -> fails(seed, shorter, e), MAX_SHRINK_RUNS);
    }
  }

  private boolean fails(long seed, List<Plan.Item> plan, SimulationFailure as) {
    try {
      new SimulatedRun(this, seed, plan).run();
      return false;
    } catch (SimulationFailure e) {
      return e.invariant().equals(as.invariant());
    }
  }

  private static void check(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          field + " must be from " + least + " to " + most + "; got " + value);
    }
  }
}
