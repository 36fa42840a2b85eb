package io.thalweg.runtime;

import io.thalweg.runtime.test.purse.GetPurseRequest;
import io.thalweg.runtime.test.purse.Moved;
import io.thalweg.runtime.test.purse.Paid;
import io.thalweg.runtime.test.purse.PayRequest;
import io.thalweg.runtime.test.purse.Purse;
import io.thalweg.runtime.test.purse.PurseEvent;
import io.thalweg.runtime.test.purse.PurseProto;
import io.thalweg.runtime.test.purse.WatchPurseRequest;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/** Purses by name, in their second release: see {@code purse.proto}. */
final class Purses {
  static final ServiceType TYPE =
      ServiceType.of(PurseProto.getDescriptor().findServiceByName("Purses"), Purses::new);

  /** A sum of cents at which the handler emits the event that it must not emit any more. */
  static final int AS_THE_FIRST_RELEASE_DID = 666;

  private static final long CENTS_OF_A_COIN = 100;

  private final Table<String, Long> cents;

  Purses(Definition d) {
    cents = d.table(1, "cents", KeyCodecs.string(), ValueCodecs.int64());
    d.command(PayRequest.class, Purse.class, this::pay);
    d.query(GetPurseRequest.class, Purse.class, (request, context) -> get(request.getPurse()));
    d.watch(
        WatchPurseRequest.class,
        PurseEvent.class,
        (request, event) ->
            event.event() instanceof Moved moved && moved.getPurse().equals(request.getPurse())
                ? PurseEvent.newBuilder().setMoved(moved).build()
                : null);
    d.event(Moved.class, (event, context) -> add(event.getPurse(), event.getCents()));
    d.upcast(Paid.class, Moved.class, Purses::moved);
  }

  private Purse pay(PayRequest request, CommandContext context) {
    Paid coins =
        Paid.newBuilder().setPurse(request.getPurse()).setCoins(request.getCoins()).build();
    if (request.getCents() == AS_THE_FIRST_RELEASE_DID) {
      context.emit(coins);
    }
    context.emit(moved(coins).toBuilder().setCents(cents(request)).build());
    return get(request.getPurse());
  }

  private static long cents(PayRequest request) {
    return request.getCoins() * CENTS_OF_A_COIN + request.getCents();
  }

  private static Moved moved(Paid event) {
    return Moved.newBuilder()
        .setPurse(event.getPurse())
        .setCents(event.getCoins() * CENTS_OF_A_COIN)
        .build();
  }

  private void add(String purse, long more) {
    cents.put(purse, get(purse).getCents() + more);
  }

  private Purse get(String purse) {
    Long present = cents.get(purse);
    return Purse.newBuilder().setCents(present == null ? 0 : present).build();
  }
}
