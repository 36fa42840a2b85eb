package io.thalweg.locks;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.WriteRegisterRequest;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The registers of a space, one thing at a time. Nothing else gives out numbers of the space here,
 * so a version is one more than the last.
 */
final class RegistersModel implements SequentialModel<RegistersModel.State, Message, Outcome> {
  /** The values and versions of registers, and the last version of the space; never changed. */
  record State(Map<String, Cell> registers, long last) {}

  record Cell(String value, long version) {}

  @Override
  public State initial(String key) {
    return new State(Map.of(), 0);
  }

  @Override
  public Optional<State> step(State state, Message request, Outcome outcome) {
    return switch (request) {
      case GetRegisterRequest get -> {
        Cell cell = state.registers().get(get.getRegister());
        yield says(outcome).equals(says(cell)) ? Optional.of(state) : Optional.empty();
      }
      case WriteRegisterRequest write -> {
        if (!fits(state, write)) {
          yield says(outcome).equals(Code.ABORTED.name()) ? Optional.of(state) : Optional.empty();
        }
        State after = stepUnknown(state, write);
        yield says(outcome).equals(says(after.registers().get(write.getRegister())))
            ? Optional.of(after)
            : Optional.empty();
      }
      default -> throw new IllegalArgumentException("no model of " + request.getClass());
    };
  }

  @Override
  public State stepUnknown(State state, Message request) {
    if (!(request instanceof WriteRegisterRequest write) || !fits(state, write)) {
      return state;
    }
    Map<String, Cell> after = new TreeMap<>(state.registers());
    after.put(write.getRegister(), new Cell(write.getValue().toStringUtf8(), state.last() + 1));
    return new State(after, state.last() + 1);
  }

  @Override
  public boolean isRead(Message request) {
    return request instanceof GetRegisterRequest;
  }

  private static boolean fits(State state, WriteRegisterRequest write) {
    Cell cell = state.registers().get(write.getRegister());
    return !write.hasExpectedVersion()
        || write.getExpectedVersion() == (cell == null ? 0 : cell.version());
  }

  private static String says(@Nullable Cell cell) {
    return cell == null ? Code.NOT_FOUND.name() : cell.value() + "@" + cell.version();
  }

  private static String says(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(Code code) -> code.name();
      case Outcome.Replied(Message reply) ->
          reply instanceof Register register
              ? register.getValue().toStringUtf8() + "@" + register.getVersion()
              : "?";
    };
  }
}
