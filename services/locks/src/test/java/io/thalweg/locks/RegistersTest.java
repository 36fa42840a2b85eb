package io.thalweg.locks;

import static io.thalweg.locks.LocksOnNode.SPACE;
import static io.thalweg.locks.LocksOnNode.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.contract.Guard;
import io.thalweg.locks.v1.DeleteRegisterRequest;
import io.thalweg.locks.v1.DeleteRegisterResponse;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.WriteRegisterRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compare and set, and what a guard refuses. */
class RegistersTest {
  @TempDir Path data;
  private LocksOnNode locks;

  @BeforeEach
  void open() {
    locks = new LocksOnNode(data);
  }

  @AfterEach
  void close() {
    locks.close();
  }

  @Test
  void aWriteTakesEffectOnlyOnTheVersionThatItExpects() {
    long first = write(put("r", "1").setExpectedVersion(0)).getVersion();
    assertThat(locks.code(put("r", "2").setExpectedVersion(0).build())).isEqualTo(Code.ABORTED);
    long second = write(put("r", "2").setExpectedVersion(first)).getVersion();
    assertThat(second).isGreaterThan(first);
    assertThat(locks.code(put("r", "3").setExpectedVersion(first).build())).isEqualTo(Code.ABORTED);
    assertThat(read().getValue()).isEqualTo(bytes("2"));
  }

  @Test
  void aVersionNeverComesAgainAlsoAfterADeletion() {
    long first = write(put("r", "1")).getVersion();
    DeleteRegisterRequest delete =
        DeleteRegisterRequest.newBuilder().setSpace(SPACE).setRegister("r").build();
    assertThat(locks.call(delete, DeleteRegisterResponse.class).getDeleted()).isTrue();
    assertThat(locks.call(delete, DeleteRegisterResponse.class).getDeleted()).isFalse();
    assertThat(write(put("r", "1")).getVersion()).isGreaterThan(first);
  }

  @Test
  void aWriteUnderAnOlderTokenIsRefusedOnceANewerOneWasThereAlsoAfterARestart() {
    String a = locks.session();
    String b = locks.session();
    long old = locks.acquire(a, "l").getToken();
    write(guarded("r", "a", old));
    locks.end(a);
    long fresh = locks.acquire(b, "l").getToken();
    // Nobody has written under the new token yet: nothing is harmed by the old one.
    write(guarded("r", "a again", old));
    write(guarded("r", "b", fresh));
    locks.restart();
    assertThat(locks.refusal(guarded("r", "late", old).build()))
        .hasMessageContaining("token: %d of lock 's/l' is older than %d".formatted(old, fresh));
    assertThat(locks.code(guarded("r", "late", old).build())).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(read().getValue()).isEqualTo(bytes("b"));
    // Another resource has not seen it, nor has this one of another lock.
    write(guarded("other", "a", old));
    assertThat(locks.code(guarded("r", "x", 0).build())).isEqualTo(Code.INVALID_ARGUMENT);
  }

  private WriteRegisterRequest.Builder put(String register, String value) {
    return WriteRegisterRequest.newBuilder()
        .setSpace(SPACE)
        .setRegister(register)
        .setValue(bytes(value));
  }

  private WriteRegisterRequest.Builder guarded(String register, String value, long token) {
    return put(register, value).setGuard(Guard.newBuilder().setLock("s/l").setToken(token));
  }

  private Register write(WriteRegisterRequest.Builder request) {
    return locks.call(request.build(), Register.class);
  }

  private Register read() {
    return locks.call(
        GetRegisterRequest.newBuilder().setSpace(SPACE).setRegister("r").build(), Register.class);
  }
}
