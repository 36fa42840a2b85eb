package io.thalweg.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ScanContext;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import io.thalweg.testkit.transfers.Account;
import io.thalweg.testkit.transfers.Balance;
import io.thalweg.testkit.transfers.CreditRequest;
import io.thalweg.testkit.transfers.Credited;
import io.thalweg.testkit.transfers.Debited;
import io.thalweg.testkit.transfers.MoveLaterRequest;
import io.thalweg.testkit.transfers.MoveRequest;
import io.thalweg.testkit.transfers.OpenRequest;
import io.thalweg.testkit.transfers.Opened;
import io.thalweg.testkit.transfers.SumRequest;
import io.thalweg.testkit.transfers.Sums;
import io.thalweg.testkit.transfers.TransfersProto;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Amounts that move between accounts of many partitions, at once or later. */
final class TransferService {
  static final ServiceType TYPE =
      ServiceType.of(
          TransfersProto.getDescriptor().findServiceByName("Transfers"), TransferService::new);

  private final Table<String, Account> accounts;

  TransferService(Definition d) {
    accounts =
        d.table(
            1,
            "accounts",
            KeyCodecs.string(),
            ValueCodecs.of(Account::toByteArray, TransferService::parse));
    d.command(OpenRequest.class, Balance.class, this::open);
    d.command(MoveRequest.class, Balance.class, this::move);
    d.command(MoveLaterRequest.class, Balance.class, this::moveLater);
    d.command(CreditRequest.class, Balance.class, this::credit);
    d.scan(SumRequest.class, Sums.class, this::sum, (q, parts) -> add(parts));
    d.event(
        Opened.class,
        (event, context) ->
            accounts.put(
                event.getAccount(),
                of(event.getAccount()).toBuilder()
                    .setIsOpen(true)
                    .setOpened(event.getAmount())
                    .setAmount(of(event.getAccount()).getAmount() + event.getAmount())
                    .build()));
    d.event(
        Debited.class,
        (event, context) -> {
          Account account = of(event.getAccount());
          accounts.put(
              event.getAccount(),
              account.toBuilder()
                  .setAmount(account.getAmount() - event.getAmount())
                  .setMoves(account.getMoves() + 1)
                  .build());
        });
    d.event(
        Credited.class,
        (event, context) -> {
          Account account = of(event.getAccount());
          accounts.put(
              event.getAccount(),
              account.toBuilder()
                  .setAmount(account.getAmount() + event.getAmount())
                  .setCredits(account.getCredits() + 1)
                  .build());
        });
  }

  private Balance open(OpenRequest request, CommandContext context) {
    if (of(request.getAccount()).getIsOpen()) {
      throw Failure.of(Code.ALREADY_EXISTS, "the account is open");
    }
    context.emit(
        Opened.newBuilder()
            .setAccount(request.getAccount())
            .setAmount(request.getAmount())
            .build());
    return balance(request.getAccount());
  }

  private Balance move(MoveRequest request, CommandContext context) {
    if (of(request.getFrom()).getAmount() < request.getAmount()) {
      throw Failure.of(Code.FAILED_PRECONDITION, "there is not so much");
    }
    context.emit(
        Debited.newBuilder().setAccount(request.getFrom()).setAmount(request.getAmount()).build());
    context.send(
        CreditRequest.newBuilder().setTo(request.getTo()).setAmount(request.getAmount()).build());
    return balance(request.getFrom());
  }

  private Balance moveLater(MoveLaterRequest request, CommandContext context) {
    context.schedule(
        "move-" + context.nextOffset(),
        context.logTimeUs() + TimeUnit.MILLISECONDS.toMicros(request.getAfterMs()),
        MoveRequest.newBuilder()
            .setFrom(request.getFrom())
            .setTo(request.getTo())
            .setAmount(request.getAmount())
            .build());
    return balance(request.getFrom());
  }

  private Balance credit(CreditRequest request, CommandContext context) {
    if (context.random().nextInt(8) == 0) {
      SimulatedTime.takes(context.random().nextInt(1_000));
    }
    // A message is tried again after both; so often in a row that it is given up never.
    switch (context.random().nextInt(32)) {
      case 2 -> throw Failure.of(Code.FAILED_PRECONDITION, "never, unless an operator insists");
      case 0 -> throw Failure.retryable(Code.UNAVAILABLE, "not now", 1);
      case 1 -> throw new IllegalStateException("a mistake that comes and goes");
      default -> {}
    }
    context.emit(
        Credited.newBuilder().setAccount(request.getTo()).setAmount(request.getAmount()).build());
    return balance(request.getTo());
  }

  private Sums sum(SumRequest request, ScanContext context) {
    Sums.Builder sums = Sums.newBuilder();
    for (Iterator<Table.Row<String, Account>> rows = context.scanAll(accounts); rows.hasNext(); ) {
      Account account = rows.next().value();
      sums.setAmount(sums.getAmount() + account.getAmount())
          .setOpened(sums.getOpened() + account.getOpened())
          .setMoves(sums.getMoves() + account.getMoves())
          .setCredits(sums.getCredits() + account.getCredits());
    }
    return sums.build();
  }

  private static Sums add(List<Sums> parts) {
    Sums.Builder sums = Sums.newBuilder();
    for (Sums part : parts) {
      sums.setAmount(sums.getAmount() + part.getAmount())
          .setOpened(sums.getOpened() + part.getOpened())
          .setMoves(sums.getMoves() + part.getMoves())
          .setCredits(sums.getCredits() + part.getCredits());
    }
    return sums.build();
  }

  private Account of(String name) {
    Account account = accounts.get(name);
    return account == null ? Account.getDefaultInstance() : account;
  }

  private Balance balance(String name) {
    return Balance.newBuilder().setAmount(of(name).getAmount()).build();
  }

  private static Account parse(byte[] bytes) {
    try {
      return Account.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whatever moves, nothing is lost or made. */
  static final class TheTotalIsConserved implements Invariant {
    private static final long MAX_WAIT_MS = TimeUnit.MINUTES.toMillis(5);

    @Override
    public void quiet(QuietNode node) {
      // Moves that were scheduled are over by then, and messages have arrived.
      node.sleep(TimeUnit.MINUTES.toMillis(2));
      Sums sums = ask(node);
      for (long ms = 0; ms < MAX_WAIT_MS && sums.getMoves() != sums.getCredits(); ms += 1_000) {
        node.sleep(1_000);
        sums = ask(node);
      }
      if (sums.getAmount() != sums.getOpened() || sums.getMoves() != sums.getCredits()) {
        throw new AssertionError("what is there is not what was put in: " + sums);
      }
    }

    @Override
    public void restored(QuietNode node) {
      quiet(node);
    }

    @Override
    public void stopped(StoppedNode node) {
      int pending = Deliveries.in(node).pendingTimers();
      if (pending > 0) {
        throw new AssertionError(pending + " timers never fired");
      }
    }

    private static Sums ask(QuietNode node) {
      return node.call(SumRequest.getDefaultInstance(), Sums.class);
    }
  }

  /** Runs in which amounts move between a few accounts. */
  static Simulation simulation() {
    return Simulation.of(TYPE, LedgerService.TYPE)
        .emptiesDeadLetters()
        .options(options -> options.withPartitions(3))
        .ask(random ->
            OpenRequest.newBuilder()
                .setAccount(account(random))
                .setAmount(random.nextInt(1_000))
                .build())
        .ask(
            4,
            random ->
                MoveRequest.newBuilder()
                    .setFrom(account(random))
                    .setTo(account(random))
                    .setAmount(1 + random.nextInt(200))
                    .build())
        .ask(
            2,
            random ->
                MoveLaterRequest.newBuilder()
                    .setFrom(account(random))
                    .setTo(account(random))
                    .setAmount(1 + random.nextInt(200))
                    .setAfterMs(random.nextInt(60_000))
                    .build())
        .invariant(TheTotalIsConserved::new)
        .invariant(LedgerService.EveryCreditIsEntered::new);
  }

  /** As {@link #simulation}, with so many clients that partitions work on while batches wait. */
  static Simulation crowd() {
    return simulation().clients(32).operations(400);
  }

  private static String account(RandomGenerator random) {
    return "a" + random.nextInt(8);
  }
}
