package io.thalweg.peers;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.thalweg.peers.test.newer.AddRequest;
import io.thalweg.peers.test.newer.Added;
import io.thalweg.peers.test.newer.Counted;
import io.thalweg.peers.test.newer.DoubleRequest;
import io.thalweg.peers.test.newer.GetTallyRequest;
import io.thalweg.peers.test.newer.RashRequest;
import io.thalweg.peers.test.newer.Tally;
import io.thalweg.peers.test.newer.TallyProto;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/** The second release of the service whose first is {@code OlderTallies}. */
public final class NewerTallies {
  public static final ServiceType TYPE =
      ServiceType.of(TallyProto.getDescriptor().findServiceByName("Tallies"), NewerTallies::new);

  private final Table<String, Tally> tallies;

  NewerTallies(Definition d) {
    tallies =
        d.table(
            1,
            "tallies",
            KeyCodecs.string(),
            ValueCodecs.of(Tally::toByteArray, NewerTallies::parse));
    d.command(AddRequest.class, Tally.class, this::add);
    d.command(DoubleRequest.class, Tally.class, this::twice);
    d.command(RashRequest.class, Tally.class, this::rash);
    d.query(GetTallyRequest.class, Tally.class, (request, context) -> get(request.getName()));
    d.event(
        Counted.class,
        (event, context) -> {
          Tally before = get(event.getName());
          tallies.put(
              event.getName(),
              before.toBuilder()
                  .setValue(before.getValue() + event.getAmount())
                  .setAdditions(before.getAdditions() + 1)
                  .build());
        });
    d.upcast(
        Added.class,
        Counted.class,
        old -> Counted.newBuilder().setName(old.getName()).setAmount(old.getAmount()).build());
  }

  private Tally add(AddRequest request, CommandContext context) {
    if (context.level() < 2) {
      context.emit(
          Added.newBuilder().setName(request.getName()).setAmount(request.getAmount()).build());
    } else {
      context.emit(
          Counted.newBuilder()
              .setName(request.getName())
              .setAmount(request.getAmount())
              .setReason(request.getReason().getText())
              .build());
    }
    return get(request.getName());
  }

  private Tally twice(DoubleRequest request, CommandContext context) {
    context.emit(
        Counted.newBuilder()
            .setName(request.getName())
            .setAmount(get(request.getName()).getValue())
            .build());
    return get(request.getName());
  }

  private Tally rash(RashRequest request, CommandContext context) {
    context.emit(Counted.newBuilder().setName(request.getName()).setAmount(1).build());
    if (request.getRefuse()) {
      throw Failure.of(Code.ABORTED, "it was to refuse");
    }
    return get(request.getName());
  }

  private Tally get(String name) {
    Tally tally = tallies.get(name);
    return tally == null ? Tally.newBuilder().setName(name).build() : tally;
  }

  private static Tally parse(byte[] bytes) {
    try {
      return Tally.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
