package io.thalweg.testkit;

import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ScanContext;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import io.thalweg.testkit.ledger.Entered;
import io.thalweg.testkit.ledger.LedgerProto;
import io.thalweg.testkit.ledger.TotalRequest;
import io.thalweg.testkit.ledger.Totals;
import io.thalweg.testkit.transfers.Credited;
import io.thalweg.testkit.transfers.SumRequest;
import io.thalweg.testkit.transfers.Sums;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Counts the credits of {@link TransferService}, as a subscriber. */
final class LedgerService {
  static final ServiceType TYPE =
      ServiceType.of(LedgerProto.getDescriptor().findServiceByName("Ledger"), LedgerService::new);

  private final Table<String, Long> credits;

  LedgerService(Definition d) {
    credits = d.table(1, "credits", KeyCodecs.string(), ValueCodecs.int64());
    d.subscribe(
        Credited.class,
        Credited::getAccount,
        (event, context) ->
            context.emit(
                Entered.newBuilder()
                    .setAccount(event.getAccount())
                    .setAmount(event.getAmount())
                    .build()));
    d.event(
        Entered.class,
        (event, context) -> {
          Long before = credits.get(event.getAccount());
          credits.put(event.getAccount(), before == null ? 1 : before + 1);
        });
    d.scan(TotalRequest.class, Totals.class, this::total, (q, parts) -> add(parts));
  }

  private Totals total(TotalRequest request, ScanContext context) {
    Totals.Builder totals = Totals.newBuilder();
    for (Iterator<Table.Row<String, Long>> rows = context.scanAll(credits); rows.hasNext(); ) {
      totals.setCredits(totals.getCredits() + rows.next().value());
    }
    return totals.build();
  }

  private static Totals add(List<Totals> parts) {
    return Totals.newBuilder()
        .setCredits(parts.stream().mapToLong(Totals::getCredits).sum())
        .build();
  }

  /** A subscriber hears of each event once. */
  static final class EveryCreditIsEntered implements Invariant {
    private static final long MAX_WAIT_MS = TimeUnit.MINUTES.toMillis(5);

    @Override
    public void quiet(QuietNode node) {
      long wanted = node.call(SumRequest.getDefaultInstance(), Sums.class).getCredits();
      for (long ms = 0; entered(node) < wanted && ms < MAX_WAIT_MS; ms += 1_000) {
        node.sleep(1_000);
      }
      if (entered(node) != wanted) {
        throw new AssertionError("of %d credits %d are entered".formatted(wanted, entered(node)));
      }
    }

    private static long entered(QuietNode node) {
      return node.call(TotalRequest.getDefaultInstance(), Totals.class).getCredits();
    }
  }
}
