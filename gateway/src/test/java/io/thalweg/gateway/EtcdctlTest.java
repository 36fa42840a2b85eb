package io.thalweg.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unmodified {@code etcdctl} of Debian against a gateway. Where there is none the tests say
 * that they were skipped.
 */
class EtcdctlTest {
  private static final long WAIT_S = 120;
  private static final Path PROGRAM = Path.of("/usr/bin/etcdctl");

  @TempDir Path data;
  private LocksNode node;
  private final List<Running> running = new ArrayList<>();

  @BeforeEach
  void open() {
    assumeTrue(Files.isExecutable(PROGRAM), "etcdctl is not installed");
    node = new LocksNode(data);
  }

  @AfterEach
  void close() throws Exception {
    for (Running each : running) {
      each.process.destroyForcibly().waitFor();
    }
    if (node != null) {
      node.close();
    }
  }

  @Test
  void keysArePutReadAndDeleted() throws Exception {
    assertThat(ctl("put", "a", "1")).containsExactly("OK");
    assertThat(ctl("put", "b", "2")).containsExactly("OK");
    assertThat(ctl("get", "a")).containsExactly("a", "1");
    assertThat(ctl("get", "a", "c")).containsExactly("a", "1", "b", "2");
    assertThat(ctl("get", "--prefix", "", "--keys-only")).containsExactly("a", "", "b", "");
    assertThat(ctl("put", "a", "3", "--prev-kv")).containsExactly("OK", "a", "1");
    assertThat(ctl("get", "a", "--rev=2")).containsExactly("a", "1");
    assertThat(ctl("del", "a", "b")).containsExactly("1");
    assertThat(ctl("del", "--prefix", "")).containsExactly("1");
    assertThat(ctl("get", "a")).isEmpty();
  }

  @Test
  void aTransactionComparesAndTakesOneBranch() throws Exception {
    ctl("put", "x", "1");
    String txn = "value(\"x\") = \"1\"\n\nput x 2\nget x\n\nput x 3\n\n";
    assertThat(feed(txn, "txn")).contains("SUCCESS", "OK", "2");
    assertThat(feed(txn, "txn")).contains("FAILURE", "OK");
    assertThat(ctl("get", "x")).containsExactly("x", "3");
  }

  @Test
  void aLeaseIsGrantedKeptAliveAndRevokedWithItsKeys() throws Exception {
    String granted = ctl("lease", "grant", "600").getFirst();
    assertThat(granted).contains("granted with TTL(600s)");
    String id = granted.split(" ", -1)[1];
    ctl("put", "k", "v", "--lease=" + id);
    assertThat(ctl("lease", "timetolive", id, "--keys").getFirst())
        .contains("granted with TTL(600s)", "attached keys([k])");
    assertThat(ctl("lease", "list")).contains("found 1 leases", id);
    assertThat(ctl("lease", "keep-alive", "--once", id).getFirst()).contains("keepalived");
    assertThat(ctl("lease", "revoke", id).getFirst()).contains("revoked");
    assertThat(ctl("get", "k")).isEmpty();
    assertThat(ctl("lease", "timetolive", id).getFirst()).contains("already expired");
  }

  @Test
  void aWatchTellsWhatWasAndWhatComes() throws Exception {
    ctl("put", "w", "1");
    ctl("put", "w", "2");
    Running watch = start("watch", "w", "--rev=2", "--prev-kv");
    assertThat(watch.next(3)).containsExactly("PUT", "w", "1");
    assertThat(watch.next(5)).containsExactly("PUT", "w", "1", "w", "2");
    ctl("del", "w");
    assertThat(watch.next(5)).containsExactly("DELETE", "w", "2", "w", "");
  }

  @Test
  void aWatchOfCompactedHistoryIsToldSo() throws Exception {
    for (int i = 0; i < 4; i++) {
      ctl("put", "w", "" + i);
    }
    assertThat(ctl("compact", "4")).containsExactly("compacted revision 4");
    Running get = start("get", "w", "--rev=2");
    assertThat(get.all()).contains("required revision has been compacted");
    Running watch = start("watch", "w", "--rev=2");
    assertThat(watch.all()).contains("required revision has been compacted");
  }

  @Test
  void aLockIsHeldByOneAndThenByTheNext() throws Exception {
    Running first = start("lock", "mutex", "--ttl=30");
    String key = first.next(1).getFirst();
    assertThat(key).startsWith("mutex/");
    Running second = start("lock", "mutex", "--ttl=30");
    // The second waits: it has a key behind that of the first.
    while (ctl("get", "--prefix", "mutex/", "--keys-only").stream()
            .filter(line -> line.startsWith("mutex/"))
            .count()
        < 2) {
      Thread.onSpinWait();
    }
    assertThat(second.lines).isEmpty();
    first.interrupt();
    assertThat(second.next(1).getFirst()).startsWith("mutex/").isNotEqualTo(key);
  }

  @Test
  void aLockRunsACommandAndIsFreeAfterwards() throws Exception {
    assertThat(ctl("lock", "job", "echo", "done")).containsExactly("done");
    assertThat(ctl("lock", "job", "echo", "again")).containsExactly("again");
    assertThat(ctl("get", "--prefix", "job/")).isEmpty();
  }

  @Test
  void aLeaderIsElectedObservedAndFollowed() throws Exception {
    Running first = start("elect", "boss", "ana");
    assertThat(first.next(2).get(1)).isEqualTo("ana");
    Running observer = start("elect", "--listen", "boss");
    assertThat(observer.next(2).get(1)).isEqualTo("ana");
    Running second = start("elect", "boss", "bo");
    while (ctl("get", "--prefix", "boss/", "--keys-only").stream()
            .filter(line -> line.startsWith("boss/"))
            .count()
        < 2) {
      Thread.onSpinWait();
    }
    first.interrupt();
    assertThat(second.next(2).get(1)).isEqualTo("bo");
    assertThat(observer.next(2).get(1)).isEqualTo("bo");
  }

  @Test
  void theServerIsHealthyAndHasOneMember() throws Exception {
    assertThat(start("endpoint", "health").all()).contains("is healthy");
    assertThat(start("endpoint", "status").all()).contains("3.4.0");
    assertThat(start("member", "list").all()).contains("thalweg");
  }

  @Test
  void aPasswordIsAnApiKeyAndItsPermissionsHold() throws Exception {
    node.close();
    node = LocksNode.guarded(data.resolve("guarded"));
    String writer = "--user=any:" + node.key("writer", "keyspaces:read+write");
    String reader = "--user=other:" + node.key("reader", "keyspaces:read");
    assertThat(ctl(writer, "put", "a", "1")).containsExactly("OK");
    assertThat(ctl(reader, "get", "a")).containsExactly("a", "1");
    Running watch = start(reader, "watch", "a", "--rev=1");
    assertThat(watch.next(3)).containsExactly("PUT", "a", "1");
    assertThat(start(reader, "put", "a", "2").all()).contains("PermissionDenied");
    assertThat(start("--user=any:wrong", "get", "a").all()).contains("authentication failed");
    assertThat(start("get", "a").all()).contains("Unauthenticated");
  }

  private List<String> ctl(String... args) throws Exception {
    return start(args).finished();
  }

  private List<String> feed(String input, String... args) throws Exception {
    Running program = start(args);
    try (OutputStream in = program.process.getOutputStream()) {
      in.write(input.getBytes(UTF_8));
    }
    return program.finished();
  }

  private Running start(String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    command.addAll(List.of("--endpoints=" + node.endpoint(), "--command-timeout=60s"));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("ETCDCTL_API", "3");
    Running started = new Running(builder.start());
    running.add(started);
    return started;
  }

  /** A program that runs, and the lines that it has printed. */
  private static final class Running {
    final Process process;
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Thread reader;

    Running(Process process) {
      this.process = process;
      reader =
          Thread.ofVirtual()
              .start(() -> {
                try (BufferedReader in =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                  for (String line = in.readLine(); line != null; line = in.readLine()) {
                    lines.add(line);
                  }
                } catch (IOException e) {
                  // The program was ended.
                }
              });
    }

    List<String> next(int count) throws InterruptedException {
      List<String> next = new ArrayList<>();
      while (next.size() < count) {
        String line = lines.poll(WAIT_S, TimeUnit.SECONDS);
        assertThat(line).as("a line after %s", next).isNotNull();
        next.add(line);
      }
      return next;
    }

    /** As Ctrl-C does. */
    void interrupt() throws Exception {
      new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();
      assertThat(process.waitFor(WAIT_S, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitEnd() throws InterruptedException {
      assertThat(process.waitFor(WAIT_S, TimeUnit.SECONDS)).as("ended").isTrue();
      reader.join();
    }

    String all() throws InterruptedException {
      awaitEnd();
      return String.join("\n", lines);
    }

    List<String> finished() throws InterruptedException {
      awaitEnd();
      assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
      return List.copyOf(lines);
    }
  }
}
