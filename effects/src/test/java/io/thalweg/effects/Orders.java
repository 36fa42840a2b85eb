package io.thalweg.effects;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.effects.orders.GetOrderRequest;
import io.thalweg.effects.orders.Notice;
import io.thalweg.effects.orders.Notified;
import io.thalweg.effects.orders.Order;
import io.thalweg.effects.orders.OrdersProto;
import io.thalweg.effects.orders.PlaceRequest;
import io.thalweg.effects.orders.Placed;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.EffectResult;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.HttpHeader;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.List;

/** A service that tells somebody outside of each order. */
final class Orders {
  static final ServiceType TYPE =
      ServiceType.of(OrdersProto.getDescriptor().findServiceByName("Orders"), Orders::new);

  private final Table<String, Order> orders;

  Orders(Definition d) {
    orders =
        d.table(1, "orders", KeyCodecs.string(), ValueCodecs.of(Order::toByteArray, Orders::parse));
    d.command(PlaceRequest.class, Order.class, this::place);
    d.query(GetOrderRequest.class, Order.class, (q, c) -> of(q.getOrder()));
    d.effectResult("notified", Notice.class, Orders::notified);
    d.event(
        Placed.class,
        (event, context) ->
            orders.put(event.getOrder(), Order.newBuilder().setEffect(event.getEffect()).build()));
    d.event(
        Notified.class,
        (event, context) ->
            orders.put(
                event.getOrder(),
                of(event.getOrder()).toBuilder()
                    .setNotices(of(event.getOrder()).getNotices() + 1)
                    .setStatus(event.getStatus())
                    .setAnswer(event.getAnswer())
                    .build()));
  }

  private Order place(PlaceRequest request, CommandContext context) {
    String effect =
        context.effect(
            "notified",
            new HttpEffect(
                HttpEffect.Method.POST,
                request.getUrl(),
                List.of(new HttpHeader("content-type", "application/json")),
                ByteString.copyFromUtf8("{\"placed\":\"" + request.getOrder() + "\"}"),
                Calls.AMPLE_MS),
            Notice.newBuilder().setOrder(request.getOrder()).build());
    context.emit(Placed.newBuilder().setOrder(request.getOrder()).setEffect(effect).build());
    return of(request.getOrder());
  }

  private static void notified(EffectResult result, Notice notice, CommandContext context) {
    Notified.Builder notified = Notified.newBuilder().setOrder(notice.getOrder());
    if (result.outcome() instanceof Responded responded) {
      notified.setStatus(responded.status()).setAnswer(responded.body().toStringUtf8());
    }
    context.emit(notified.build());
  }

  private Order of(String name) {
    Order order = orders.get(name);
    return order == null ? Order.getDefaultInstance() : order;
  }

  private static Order parse(byte[] bytes) {
    try {
      return Order.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
