package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.AccountsProto;
import io.thalweg.runtime.test.CreditRequest;
import io.thalweg.runtime.test.Credited;
import io.thalweg.runtime.test.Debited;
import io.thalweg.runtime.test.GetAccountRequest;
import io.thalweg.runtime.test.ListAccountsRequest;
import io.thalweg.runtime.test.ListAccountsResponse;
import io.thalweg.runtime.test.OpenRequest;
import io.thalweg.runtime.test.Opened;
import io.thalweg.runtime.test.RemindRequest;
import io.thalweg.runtime.test.RemindResponse;
import io.thalweg.runtime.test.TickRequest;
import io.thalweg.runtime.test.Ticked;
import io.thalweg.runtime.test.TransferRequest;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Accounts between which amounts are transferred by messages, with timers. An account whose name
 * begins with "poison" throws at a credit, one that begins with "gate" waits for a permit, one that
 * begins with "later" wants it to be tried again, one that begins with "echo" passes it on, and one
 * that begins with "stubborn" hides that it has emitted too much. What fails goes on to be counted
 * in {@link #ATTEMPTS}. A tick of a name that begins with "bulky" or is "quiet" changes nothing.
 */
final class Accounts {
  static final ServiceType TYPE =
      ServiceType.of(AccountsProto.getDescriptor().findServiceByName("Accounts"), Accounts::new);

  /** Permits for credits to accounts that begin with "gate". */
  static final Semaphore GATE = new Semaphore(0);

  /** How often a credit or tick that fails was tried. */
  static final AtomicInteger ATTEMPTS = new AtomicInteger();

  private static final int BULKY_EVENTS = 2000;

  private final Table<String, Account> accounts;

  Accounts(Definition d) {
    accounts =
        d.table(
            1,
            "accounts",
            KeyCodecs.string(),
            ValueCodecs.of(Account::toByteArray, Accounts::parse));
    d.command(OpenRequest.class, Account.class, this::open);
    d.command(TransferRequest.class, Account.class, this::transfer);
    d.command(CreditRequest.class, Account.class, this::credit);
    d.command(RemindRequest.class, RemindResponse.class, this::remind);
    d.command(TickRequest.class, Account.class, this::tick);
    d.query(GetAccountRequest.class, Account.class, (q, context) -> get(q.getAccount()));
    d.scan(
        ListAccountsRequest.class,
        ListAccountsResponse.class,
        this::list,
        (q, parts) -> merge(parts));
    d.event(
        Opened.class,
        (event, context) ->
            accounts.put(
                event.getAccount(),
                get(event.getAccount()).toBuilder()
                    .setBalance(event.getBalance())
                    .setClosed(event.getClosed())
                    .build()));
    d.event(Debited.class, (event, context) -> debited(event));
    d.event(Credited.class, (event, context) -> credited(event));
    d.event(Ticked.class, (event, context) -> ticked(event));
  }

  private Account open(OpenRequest request, CommandContext context) {
    context.emit(
        Opened.newBuilder()
            .setAccount(request.getAccount())
            .setBalance(request.getBalance())
            .setClosed(request.getClosed())
            .build());
    return get(request.getAccount());
  }

  private Account transfer(TransferRequest request, CommandContext context) {
    for (int i = 0; i < Math.max(1, request.getTimes()); i++) {
      context.emit(
          Debited.newBuilder()
              .setAccount(request.getFrom())
              .setAmount(request.getAmount())
              .build());
      context.send(
          CreditRequest.newBuilder()
              .setTo(request.getTo())
              .setAmount(request.getAmount())
              .setFrom(request.getFrom())
              .setNumber(get(request.getFrom()).getSent())
              .build());
    }
    return get(request.getFrom());
  }

  private Account credit(CreditRequest request, CommandContext context) {
    if (request.getTo().startsWith("gate")) {
      GATE.acquireUninterruptibly();
    }
    Credited credited =
        Credited.newBuilder()
            .setAccount(request.getTo())
            .setAmount(request.getAmount())
            .setNumber(request.getNumber())
            .build();
    if (request.getTo().startsWith("stubborn")) {
      emitTooMany(credited, context);
    } else {
      context.emit(credited);
    }
    if (request.getTo().startsWith("echo")) {
      context.send(request.toBuilder().setTo("x" + request.getTo()).build());
    }
    Account account = get(request.getTo());
    misbehave(account);
    return account;
  }

  private static void emitTooMany(Credited credited, CommandContext context) {
    for (int i = 0; i < 2 * Deciding.MAX_SENT; i++) {
      try {
        context.emit(credited);
      } catch (Failure hidden) {
        ATTEMPTS.incrementAndGet();
      }
    }
  }

  private static void misbehave(Account account) {
    if (account.getClosed()) {
      ATTEMPTS.incrementAndGet();
      if (account.getName().startsWith("poison")) {
        throw new IllegalStateException("secret");
      }
      if (account.getName().startsWith("later")) {
        throw Failure.retryable(Code.UNAVAILABLE, "not now", 1);
      }
      throw Failure.of(Code.FAILED_PRECONDITION, "the account is closed");
    }
  }

  private RemindResponse remind(RemindRequest request, CommandContext context) {
    for (RemindRequest.Timer timer : request.getSetList()) {
      long atUs = context.logTimeUs() + timer.getAfterUs();
      String account = timer.getAccount().isEmpty() ? request.getAccount() : timer.getAccount();
      context.schedule(
          timer.getName(), atUs, tick(account, timer.getName(), timer.getAgain(), atUs));
    }
    int cancelled = 0;
    for (String name : request.getCancelList()) {
      cancelled += context.cancelTimer(name) ? 1 : 0;
    }
    return RemindResponse.newBuilder().setCancelled(cancelled).build();
  }

  private static TickRequest tick(String account, String name, int again, long atUs) {
    return TickRequest.newBuilder()
        .setAccount(account)
        .setName(name)
        .setAgain(again)
        .setAtUs(atUs)
        .build();
  }

  private Account tick(TickRequest request, CommandContext context) {
    for (int i = 0; i < (request.getName().startsWith("bulky") ? BULKY_EVENTS : 1); i++) {
      context.emit(
          Ticked.newBuilder()
              .setAccount(request.getAccount())
              .setName(request.getName())
              .setEarly(context.logTimeUs() < request.getAtUs())
              .build());
    }
    if (request.getAgain() > 0) {
      long atUs = request.getAtUs() + 1000;
      context.schedule(
          request.getName(),
          atUs,
          tick(request.getAccount(), request.getName(), request.getAgain() - 1, atUs));
    }
    misbehave(get(request.getAccount()));
    return get(request.getAccount());
  }

  private void debited(Debited event) {
    Account before = get(event.getAccount());
    accounts.put(
        event.getAccount(),
        before.toBuilder()
            .setBalance(before.getBalance() - event.getAmount())
            .setSent(before.getSent() + 1)
            .build());
  }

  private void credited(Credited event) {
    Account before = get(event.getAccount());
    boolean inOrder = event.getNumber() > before.getLastNumber();
    accounts.put(
        event.getAccount(),
        before.toBuilder()
            .setBalance(before.getBalance() + event.getAmount())
            .setReceived(before.getReceived() + 1)
            .setLastNumber(event.getNumber())
            .setOutOfOrder(before.getOutOfOrder() + (inOrder ? 0 : 1))
            .build());
  }

  private void ticked(Ticked event) {
    if (event.getName().equals("quiet") || event.getName().startsWith("bulky")) {
      return;
    }
    Account before = get(event.getAccount());
    accounts.put(
        event.getAccount(),
        before.toBuilder()
            .addTicks(event.getName())
            .setEarly(before.getEarly() + (event.getEarly() ? 1 : 0))
            .build());
  }

  private Account get(String name) {
    Account account = accounts.get(name);
    return account == null ? Account.newBuilder().setName(name).build() : account;
  }

  private ListAccountsResponse list(ListAccountsRequest request, ScanContext context) {
    ListAccountsResponse.Builder all = ListAccountsResponse.newBuilder();
    context.scanAll(accounts).forEachRemaining(row -> all.addAccounts(row.value()));
    return all.build();
  }

  private static ListAccountsResponse merge(List<ListAccountsResponse> parts) {
    ListAccountsResponse.Builder all = ListAccountsResponse.newBuilder();
    parts.forEach(part -> all.addAllAccounts(part.getAccountsList()));
    return all.build();
  }

  private static Account parse(byte[] bytes) {
    try {
      return Account.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
