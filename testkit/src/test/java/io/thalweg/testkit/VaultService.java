package io.thalweg.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.Sealed;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import io.thalweg.testkit.linear.SequentialModel;
import io.thalweg.testkit.vault.Done;
import io.thalweg.testkit.vault.ForgetRequest;
import io.thalweg.testkit.vault.GetRequest;
import io.thalweg.testkit.vault.Name;
import io.thalweg.testkit.vault.Put;
import io.thalweg.testkit.vault.PutRequest;
import io.thalweg.testkit.vault.VaultProto;

/** Names that are sealed. */
final class VaultService {
  static final ServiceType TYPE =
      ServiceType.of(VaultProto.getDescriptor().findServiceByName("Vault"), VaultService::new);

  private static final String NONE = "";
  private static final String FORGOTTEN = "forgotten";

  private final Table<String, Sealed> names;

  VaultService(Definition d) {
    names =
        d.table(
            1,
            "names",
            KeyCodecs.string(),
            ValueCodecs.of(Sealed::toByteArray, VaultService::parse));
    d.command(PutRequest.class, Done.class, this::put);
    d.command(ForgetRequest.class, Done.class, this::forget);
    d.query(GetRequest.class, Name.class, this::get);
    d.event(Put.class, (event, context) -> names.put(event.getProfile(), event.getName()));
  }

  private Done put(PutRequest request, CommandContext context) {
    Sealed name = context.seal(request.getSubject(), request.getName());
    context.emit(Put.newBuilder().setProfile(request.getProfile()).setName(name).build());
    return Done.getDefaultInstance();
  }

  private Done forget(ForgetRequest request, CommandContext context) {
    context.forget(request.getSubject());
    if (request.getRefuse()) {
      throw Failure.of(Code.FAILED_PRECONDITION, "refused");
    }
    return Done.getDefaultInstance();
  }

  private Name get(GetRequest request, QueryContext context) {
    Sealed sealed = names.get(request.getProfile());
    return name(sealed == null ? NONE : context.unsealText(sealed).orElse(FORGOTTEN));
  }

  private static Name name(String name) {
    return name.equals(FORGOTTEN)
        ? Name.newBuilder().setForgotten(true).build()
        : Name.newBuilder().setName(name).build();
  }

  private static Sealed parse(byte[] bytes) {
    try {
      return Sealed.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it does when nothing is concurrent, where each profile is its own subject. */
  static SequentialModel<String, Message, Outcome> model() {
    Outcome done = new Outcome.Replied(Done.getDefaultInstance());
    return SequentialModel.of(
        NONE,
        (name, request) ->
            switch (request) {
              case PutRequest put -> new SequentialModel.Step<>(put.getName(), done);
              case ForgetRequest forget when forget.getRefuse() ->
                  new SequentialModel.Step<>(name, new Outcome.Refused(Code.FAILED_PRECONDITION));
              case ForgetRequest _ ->
                  new SequentialModel.Step<>(name.equals(NONE) ? NONE : FORGOTTEN, done);
              default -> new SequentialModel.Step<>(name, new Outcome.Replied(name(name)));
            });
  }
}
