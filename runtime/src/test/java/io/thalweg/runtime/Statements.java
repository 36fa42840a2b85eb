package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.test.Credited;
import io.thalweg.runtime.test.GetStatementRequest;
import io.thalweg.runtime.test.Noted;
import io.thalweg.runtime.test.Statement;
import io.thalweg.runtime.test.StatementsProto;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/**
 * Has subscribed to what is credited to accounts, except to those that begin with "secret" or
 * "gate".
 */
final class Statements {
  static final ServiceType TYPE =
      ServiceType.of(
          StatementsProto.getDescriptor().findServiceByName("Statements"), Statements::new);

  private final Table<String, Statement> statements;

  Statements(Definition d) {
    statements =
        d.table(
            1,
            "statements",
            KeyCodecs.string(),
            ValueCodecs.of(Statement::toByteArray, Statements::parse));
    d.subscribe(
        Credited.class,
        event -> event.getAccount().matches("(secret|gate).*") ? null : event.getAccount(),
        (event, context) ->
            context.emit(
                Noted.newBuilder()
                    .setAccount(event.getAccount())
                    .setAmount(event.getAmount())
                    .build()));
    d.event(
        Noted.class,
        (event, context) -> {
          Statement before = get(event.getAccount());
          statements.put(
              event.getAccount(),
              before.toBuilder()
                  .setCredits(before.getCredits() + 1)
                  .setAmount(before.getAmount() + event.getAmount())
                  .build());
        });
    d.query(GetStatementRequest.class, Statement.class, (q, context) -> get(q.getAccount()));
  }

  private Statement get(String account) {
    Statement present = statements.get(account);
    return present == null ? Statement.newBuilder().setAccount(account).build() : present;
  }

  private static Statement parse(byte[] bytes) {
    try {
      return Statement.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
