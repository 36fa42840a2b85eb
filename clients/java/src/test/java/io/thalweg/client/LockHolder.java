package io.thalweg.client;

import com.google.protobuf.ByteString;
import io.thalweg.locks.v1.WriteRegisterRequest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A program that takes a lock, writes under it, and writes again when it is told to. */
final class LockHolder {
  /** How long its session lives without it. */
  static final Duration TTL = Duration.ofSeconds(2);

  private LockHolder() {}

  public static void main(String[] args) throws Exception {
    try (ThalwegClient client = ThalwegClient.at(args[0]).open();
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      LocksClient locks = client.locks("space");
      LockSession session = locks.open(TTL, why -> {});
      HeldLock lock = session.lock("l").get();
      locks.writeRegister(write("holder", lock)).await();
      System.out.println("holding " + lock.token());
      in.readLine();
      try {
        locks.writeRegister(write("late", lock)).await();
        System.out.println("written");
      } catch (ThalwegException e) {
        System.out.println("refused " + e.code());
      }
    }
  }

  static WriteRegisterRequest.Builder write(String value, HeldLock lock) {
    return WriteRegisterRequest.newBuilder()
        .setRegister("r")
        .setValue(ByteString.copyFromUtf8(value))
        .setGuard(lock.guard());
  }
}
