package io.thalweg.testkit;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import io.thalweg.testkit.linear.SequentialModel;
import io.thalweg.testkit.tally.AddRequest;
import io.thalweg.testkit.tally.Added;
import io.thalweg.testkit.tally.GetRequest;
import io.thalweg.testkit.tally.Tally;
import io.thalweg.testkit.tally.TallyProto;
import io.thalweg.testkit.tally.WatchRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Amounts by name; never less than nothing. */
final class TallyService {
  static final ServiceType TYPE =
      ServiceType.of(TallyProto.getDescriptor().findServiceByName("Tallies"), TallyService::new);

  /** A way to be wrong, for the tests that show that it is found. */
  static ServiceType broken(Flaw flaw) {
    return ServiceType.of(TYPE.contract(), d -> new TallyService(d, flaw));
  }

  private static final int MANY = 24;
  private static final int MAX_FILLER = 64 << 10;
  private static final int MAX_FILLING_US = 400;

  enum Flaw {
    NONE,
    /** The event's handler depends on something that a replay does not repeat. */
    APPLY_READS_A_CLOCK,
    /** The answer is not what was done. */
    ANSWERS_TOO_MUCH,
    /** Now and then a decision is forgotten. */
    FORGETS_TO_EMIT
  }

  private final Table<String, Long> amounts;

  /** Log time of the last change: a replay has to apply with the time that the log has. */
  private final Table<String, Long> changedUs;

  private final Table<String, String> fillers;
  private final Flaw flaw;

  TallyService(Definition d) {
    this(d, Flaw.NONE);
  }

  TallyService(Definition d, Flaw flaw) {
    this.flaw = flaw;
    amounts =
        d.table(
            1,
            "amounts",
            KeyCodecs.string(),
            ValueCodecs.of(
                amount -> ByteBuffer.allocate(8).putLong(amount).array(),
                bytes -> ByteBuffer.wrap(bytes).getLong()));
    changedUs = d.table(2, "changed_us", KeyCodecs.string(), ValueCodecs.int64());
    fillers =
        d.table(
            3,
            "fillers",
            KeyCodecs.string(),
            ValueCodecs.of(
                filler -> filler.getBytes(StandardCharsets.UTF_8),
                bytes -> new String(bytes, StandardCharsets.UTF_8)));
    d.command(AddRequest.class, Tally.class, this::add);
    d.query(
        GetRequest.class, Tally.class, (request, context) -> tally(amountOf(request.getName())));
    d.event(Added.class, (event, context) -> added(event, context));
    d.watch(
        WatchRequest.class,
        Added.class,
        (request, event) ->
            event.event() instanceof Added added && added.getName().equals(request.getName())
                ? added
                : null);
  }

  private Tally add(AddRequest request, CommandContext context) {
    if (flaw == Flaw.FORGETS_TO_EMIT && request.getAmount() == 7) {
      return tally(amountOf(request.getName()) + 7);
    }
    if (!request.getFiller().isEmpty()) {
      // What is large takes its time.
      SimulatedTime.takes(context.random().nextInt(MAX_FILLING_US));
    }
    context.emit(
        Added.newBuilder()
            .setName(request.getName())
            .setAmount(request.getAmount())
            .setFiller(request.getFiller())
            .build());
    // Refused after it was applied, so that every refusal is an undo.
    if (amountOf(request.getName()) < 0) {
      throw Failure.of(Code.FAILED_PRECONDITION, "there is not so much");
    }
    boolean tooMuch = flaw == Flaw.ANSWERS_TOO_MUCH && request.getAmount() == 7;
    return tally(amountOf(request.getName()) + (tooMuch ? 1 : 0));
  }

  private void added(Added event, EventContext context) {
    changedUs.put(event.getName(), context.logTimeUs());
    if (!event.getFiller().isEmpty()) {
      fillers.put(event.getName(), event.getFiller());
    }
    boolean odd = flaw == Flaw.APPLY_READS_A_CLOCK && (System.nanoTime() & 4) == 0;
    amounts.put(event.getName(), amountOf(event.getName()) + event.getAmount() + (odd ? 1 : 0));
  }

  private long amountOf(String name) {
    Long amount = amounts.get(name);
    return amount == null ? 0 : amount;
  }

  private static Tally tally(long amount) {
    return Tally.newBuilder().setAmount(amount).build();
  }

  /** What the service does when nothing is concurrent. */
  static SequentialModel<Long, Message, Outcome> model() {
    return SequentialModel.of(
        0L,
        (amount, request) ->
            switch (request) {
              case AddRequest add when amount + add.getAmount() < 0 ->
                  new SequentialModel.Step<>(amount, new Outcome.Refused(Code.FAILED_PRECONDITION));
              case AddRequest add ->
                  new SequentialModel.Step<>(
                      amount + add.getAmount(),
                      new Outcome.Replied(tally(amount + add.getAmount())));
              default -> new SequentialModel.Step<>(amount, new Outcome.Replied(tally(amount)));
            });
  }

  /** Runs that ask for a few names, so that clients meet. */
  static Simulation simulation(ServiceType type) {
    return Simulation.of(type)
        .ask(
            3,
            random ->
                AddRequest.newBuilder()
                    .setName(name(random))
                    .setAmount(random.nextInt(-5, 10))
                    .build())
        .ask(random -> GetRequest.newBuilder().setName(name(random)).build())
        .watch(random -> WatchRequest.newBuilder().setName(name(random)).build())
        .model(model());
  }

  /** Large requests of many clients at a node that has little room. */
  static Simulation narrow() {
    return Simulation.of(TYPE)
        .ask(
            3,
            random ->
                AddRequest.newBuilder()
                    .setName("n" + random.nextInt(MANY))
                    .setAmount(1)
                    .setFiller("x".repeat(random.nextInt(MAX_FILLER)))
                    .build())
        .ask(random -> GetRequest.newBuilder().setName("n" + random.nextInt(MANY)).build())
        .model(model())
        .options(options ->
            options
                .withPartitions(1)
                .withQueue(16, 1 << 20)
                .withState(options.state().withTotalBytes(4 << 20)))
        .within(Duration.ofMillis(20))
        .clients(48)
        .operations(300);
  }

  /**
   * As {@link #simulation}, for so long that names are forgotten. Without jumps of the clock, which
   * make a node forget names that their clients still use.
   */
  static Simulation forgetful() {
    List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
    faults.remove(Fault.CLOCK_JUMP);
    return simulation(TYPE)
        .faults(faults.toArray(Fault[]::new))
        .options(options -> options.withReplies(Duration.ofMinutes(2), 5))
        .within(Duration.ofMinutes(10));
  }

  private static String name(RandomGenerator random) {
    return "n" + random.nextInt(3);
  }
}
