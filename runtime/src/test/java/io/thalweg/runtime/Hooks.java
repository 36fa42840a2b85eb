package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.test.FireRequest;
import io.thalweg.runtime.test.Fired;
import io.thalweg.runtime.test.Firing;
import io.thalweg.runtime.test.GetHookRequest;
import io.thalweg.runtime.test.Heard;
import io.thalweg.runtime.test.Hook;
import io.thalweg.runtime.test.HooksProto;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A service that asks for calls and keeps what became of them. */
final class Hooks {
  static final ServiceType TYPE =
      ServiceType.of(HooksProto.getDescriptor().findServiceByName("Hooks"), Hooks::new);

  /** How often the handler of results was called. */
  static final AtomicInteger HANDLED = new AtomicInteger();

  /** Whether it refuses and throws no more. */
  static final AtomicBoolean MENDED = new AtomicBoolean();

  private final Table<String, Hook> hooks;

  Hooks(Definition d) {
    hooks =
        d.table(1, "hooks", KeyCodecs.string(), ValueCodecs.of(Hook::toByteArray, Hooks::parse));
    d.command(FireRequest.class, Hook.class, this::fire);
    d.query(GetHookRequest.class, Hook.class, (q, c) -> of(q.getKey()));
    d.effectResult("fired", Firing.class, this::heard);
    d.event(
        Fired.class,
        (event, context) ->
            hooks.put(
                event.getKey(),
                of(event.getKey()).toBuilder().addAllIds(event.getIdsList()).build()));
    d.event(
        Heard.class,
        (event, context) ->
            hooks.put(event.getKey(), of(event.getKey()).toBuilder().addHeard(event).build()));
  }

  private Hook fire(FireRequest request, CommandContext context) {
    Fired.Builder fired = Fired.newBuilder().setKey(request.getKey());
    String handler = request.getHandler().isEmpty() ? "fired" : request.getHandler();
    for (int i = 0; i < Math.max(1, request.getTimes()); i++) {
      Firing firing =
          Firing.newBuilder()
              .setKey(request.getKey())
              .setNumber(i)
              .setThrowsTimes(request.getThrowsTimes())
              .setRefuses(request.getRefuses())
              .setPadding(ByteString.copyFrom(new byte[request.getPadding()]))
              .build();
      HttpEffect call =
          new HttpEffect(
              HttpEffect.Method.POST,
              request.getUrl().isEmpty() ? "https://hooks.example/" : request.getUrl(),
              List.of(new HttpHeader("x-number", Integer.toString(i))),
              ByteString.copyFromUtf8(request.getKey() + i),
              1000);
      fired.addIds(context.effect(handler, call, firing));
    }
    context.emit(fired.build());
    if (request.getUndone()) {
      throw Failure.of(Code.FAILED_PRECONDITION, "it was not meant");
    }
    return of(request.getKey());
  }

  private void heard(EffectResult result, Firing firing, CommandContext context) {
    int handled = HANDLED.incrementAndGet();
    if (!MENDED.get()) {
      if (firing.getRefuses()) {
        throw Failure.of(Code.FAILED_PRECONDITION, "nobody wants to know");
      }
      if (firing.getThrowsTimes() < 0 || handled <= firing.getThrowsTimes()) {
        throw new IllegalStateException("a handler that is broken");
      }
    }
    context.emit(
        Heard.newBuilder()
            .setKey(firing.getKey())
            .setId(result.id())
            .setEnd(result.end().name())
            .setAttempts(result.attempts())
            .setStatus(result.outcome() instanceof Responded r ? r.status() : 0)
            .setPrincipal(context.caller().principal())
            .build());
  }

  private Hook of(String key) {
    Hook hook = hooks.get(key);
    return hook == null ? Hook.getDefaultInstance() : hook;
  }

  private static Hook parse(byte[] bytes) {
    try {
      return Hook.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
