package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A holder that is stopped for longer than its lease wakes up and believes that it has the lock.
 */
class StoppedHolderTest {
  @Test
  void aHolderThatWasStoppedForLongerThanItsLeaseHasItsLaterWriteRefused() throws Exception {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = ThalwegClient.at(server.url()).open()) {
      LocksClient locks = client.locks("space");
      Process holder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  LockHolder.class.getName(),
                  server.url())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader said =
              new BufferedReader(
                  new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
          OutputStream tell = holder.getOutputStream();
          LockSession next = locks.open(Duration.ofMinutes(5), why -> {})) {
        String holding = said.readLine();
        assertThat(holding).startsWith("holding ");
        signal("STOP", holder);
        // It is stopped and does not beat: the lock comes to the next when its lease is over.
        HeldLock lock = next.lock("l").get(120, TimeUnit.SECONDS);
        assertThat(lock.token()).isGreaterThan(Long.parseLong(holding.split(" ", -1)[1]));
        locks.writeRegister(LockHolder.write("next", lock)).await();
        tell.write("write\n".getBytes(StandardCharsets.UTF_8));
        tell.flush();
        signal("CONT", holder);
        assertThat(said.readLine()).isEqualTo("refused FAILED_PRECONDITION");
        assertThat(locks.getRegister("r").await().getValue().toStringUtf8()).isEqualTo("next");
      } finally {
        holder.destroyForcibly().waitFor();
      }
    }
  }

  private static void signal(String name, Process process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor())
        .isZero();
  }
}
