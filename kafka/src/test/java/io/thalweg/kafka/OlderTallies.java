package io.thalweg.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.kafka.test.older.AddRequest;
import io.thalweg.kafka.test.older.Added;
import io.thalweg.kafka.test.older.GetTallyRequest;
import io.thalweg.kafka.test.older.Tally;
import io.thalweg.kafka.test.older.TallyProto;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/** The first release of a service that has two. */
public final class OlderTallies {
  public static final ServiceType TYPE =
      ServiceType.of(TallyProto.getDescriptor().findServiceByName("Tallies"), OlderTallies::new);

  private final Table<String, Tally> tallies;

  OlderTallies(Definition d) {
    tallies =
        d.table(
            1,
            "tallies",
            KeyCodecs.string(),
            ValueCodecs.of(Tally::toByteArray, OlderTallies::parse));
    d.command(AddRequest.class, Tally.class, this::add);
    d.query(GetTallyRequest.class, Tally.class, (request, context) -> get(request.getName()));
    d.event(
        Added.class,
        (event, context) -> {
          Tally before = get(event.getName());
          tallies.put(
              event.getName(),
              before.toBuilder()
                  .setValue(before.getValue() + event.getAmount())
                  .setAdditions(before.getAdditions() + 1)
                  .build());
        });
  }

  private Tally add(AddRequest request, CommandContext context) {
    context.emit(
        Added.newBuilder().setName(request.getName()).setAmount(request.getAmount()).build());
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
