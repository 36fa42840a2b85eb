package io.thalweg.runtime;

import io.thalweg.runtime.test.purse.GetPurseRequest;
import io.thalweg.runtime.test.purse.Paid;
import io.thalweg.runtime.test.purse.PayRequest;
import io.thalweg.runtime.test.purse.Purse;
import io.thalweg.runtime.test.purse.PurseEvent;
import io.thalweg.runtime.test.purse.PurseProto;
import io.thalweg.runtime.test.purse.WatchPurseRequest;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/** Purses by name. */
final class Purses {
  static final ServiceType TYPE =
      ServiceType.of(PurseProto.getDescriptor().findServiceByName("Purses"), Purses::new);

  private final Table<String, Long> cents;

  Purses(Definition d) {
    cents = d.table(1, "cents", KeyCodecs.string(), ValueCodecs.int64());
    d.command(PayRequest.class, Purse.class, this::pay);
    d.query(GetPurseRequest.class, Purse.class, (request, context) -> get(request.getPurse()));
    d.watch(
        WatchPurseRequest.class,
        PurseEvent.class,
        (request, event) ->
            event.event() instanceof Paid paid && paid.getPurse().equals(request.getPurse())
                ? PurseEvent.newBuilder().setPaid(paid).build()
                : null);
    d.event(Paid.class, (event, context) -> add(event.getPurse(), event.getCoins() * 100L));
  }

  private Purse pay(PayRequest request, CommandContext context) {
    context.emit(
        Paid.newBuilder().setPurse(request.getPurse()).setCoins(request.getCoins()).build());
    return get(request.getPurse());
  }

  private void add(String purse, long more) {
    cents.put(purse, get(purse).getCents() + more);
  }

  private Purse get(String purse) {
    Long present = cents.get(purse);
    return Purse.newBuilder().setCents(present == null ? 0 : present).build();
  }
}
