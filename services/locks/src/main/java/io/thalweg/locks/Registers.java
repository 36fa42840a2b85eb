package io.thalweg.locks;

import com.google.rpc.Code;
import io.thalweg.contract.Guard;
import io.thalweg.locks.v1.DeleteRegisterRequest;
import io.thalweg.locks.v1.DeleteRegisterResponse;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.RegisterDeleted;
import io.thalweg.locks.v1.RegisterRow;
import io.thalweg.locks.v1.RegisterWritten;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.locks.v1.WriteRegisterRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.FencingGuard;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.KeyCodecs.Pair;
import org.jspecify.annotations.Nullable;

/**
 * Values that are compared and set. A version is a number of the space, as a fencing token is: no
 * register ever has the same one twice, not even after it was deleted.
 */
final class Registers {
  private final Rows rows;
  private final FencingGuard guard;

  Registers(Rows rows, FencingGuard guard) {
    this.rows = rows;
    this.guard = guard;
  }

  Register get(GetRegisterRequest request, QueryContext context) {
    RegisterRow row = rows.registers.get(new Pair<>(request.getSpace(), request.getRegister()));
    if (row == null) {
      throw Failure.notFound("register", request.getRegister());
    }
    return register(request.getSpace(), request.getRegister(), row);
  }

  Register write(WriteRegisterRequest request, CommandContext context) {
    String space = request.getSpace();
    Pair<String, String> key = new Pair<>(space, request.getRegister());
    RegisterRow row = rows.registers.get(key);
    if (request.hasExpectedVersion()) {
      checkVersion(request.getRegister(), request.getExpectedVersion(), row);
    }
    if (request.hasGuard()) {
      guard.check(request.getGuard(), request.getRegister());
    }
    SpaceRow present = rows.space(space);
    if (row == null) {
      rows.quotas.room(
          context.caller().project(), !rows.spaces.contains(space), rows.quotas.registers);
      Bounds.room(
          "space " + Failure.quote(space),
          "registers",
          present.getRegisters(),
          Bounds.limits(present.getLimits()).getRegisters());
    }
    RegisterWritten.Builder event =
        RegisterWritten.newBuilder()
            .setSpace(space)
            .setRegister(request.getRegister())
            .setValue(request.getValue())
            .setVersion(present.getLastToken() + 1);
    if (request.hasGuard()) {
      event.setGuard(request.getGuard());
    }
    context.emit(event.build());
    RegisterRow written = rows.registers.get(key);
    if (written == null) {
      throw new IllegalStateException("a register was written and is not there");
    }
    return register(space, request.getRegister(), written);
  }

  DeleteRegisterResponse delete(DeleteRegisterRequest request, CommandContext context) {
    RegisterRow row = rows.registers.get(new Pair<>(request.getSpace(), request.getRegister()));
    if (request.hasExpectedVersion()) {
      checkVersion(request.getRegister(), request.getExpectedVersion(), row);
    }
    if (request.hasGuard()) {
      guard.check(request.getGuard(), request.getRegister());
    }
    if (row == null) {
      return DeleteRegisterResponse.getDefaultInstance();
    }
    RegisterDeleted.Builder event =
        RegisterDeleted.newBuilder()
            .setSpace(request.getSpace())
            .setRegister(request.getRegister());
    if (request.hasGuard()) {
      event.setGuard(request.getGuard());
    }
    context.emit(event.build());
    return DeleteRegisterResponse.newBuilder().setDeleted(true).build();
  }

  /** What was seen of a guard, from an event. */
  void seen(Guard of, String register) {
    guard.seen(of, register);
  }

  private static void checkVersion(String name, long expected, @Nullable RegisterRow row) {
    long version = row == null ? 0 : row.getVersion();
    if (version != expected) {
      throw Failure.of(
          Code.ABORTED,
          "register '%s' has version %d, not %d".formatted(Failure.quote(name), version, expected));
    }
  }

  private static Register register(String space, String name, RegisterRow row) {
    return Register.newBuilder()
        .setSpace(space)
        .setRegister(name)
        .setValue(row.getValue())
        .setVersion(row.getVersion())
        .setWriteTimeMs(row.getWriteUs() / 1_000)
        .build();
  }
}
