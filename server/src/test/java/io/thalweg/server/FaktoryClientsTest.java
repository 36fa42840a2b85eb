package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs by the Faktory work protocol: its Node client as it is, and its bytes. */
class FaktoryClientsTest {
  // Pushes and runs, in one process: 200 jobs that work, one that fails once, one for later.
  private static final String WORKER =
      """
      const faktory = require('faktory-worker');
      const options = {host: '127.0.0.1', port: +process.argv[1], concurrency: 5, queues: ['node', 'other']};
      const seen = new Set(); let failed = 0, late = 0;
      (async () => {
        const client = await faktory.connect(options);
        const pushedAt = Date.now();
        for (let i = 0; i < 200; i++) {
          const job = client.job('add', i, 1); job.queue = i % 2 ? 'node' : 'other'; await job.push();
        }
        const fails = client.job('fails', 'x'); fails.queue = 'node'; fails.retry = 0; await fails.push();
        const later = client.job('later'); later.queue = 'node';
        later.at = new Date(Date.now() + 1500); await later.push();
        faktory.register('add', async (a, b) => { seen.add(a); });
        faktory.register('fails', async () => { failed++; throw new Error('on purpose'); });
        faktory.register('later', async () => { late = Date.now() - pushedAt; });
        const worker = await faktory.work(options);
        worker.on('fail', () => {});
        const began = Date.now();
        while ((seen.size < 200 || !failed || !late) && Date.now() - began < 90000)
          await new Promise(r => setTimeout(r, 20));
        const info = await client.info();
        console.log(JSON.stringify([seen.size, failed, late >= 1500, typeof info.faktory.queues.node]));
        await client.close();
        process.exit(0);
      })().catch(e => { console.log(e); process.exit(1); });
      """;

  @TempDir static Path data;
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = TestNode.start(data);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void theNodeClientPushesAndRunsJobs() throws Exception {
    boolean there = works("node", "-e", "require('faktory-worker')");
    if (!there) {
      System.err.println("SKIPPED: no faktory-worker that node finds (NODE_PATH) to try with");
    }
    assumeTrue(there, "faktory-worker is not installed");
    Process process =
        new ProcessBuilder("node", "-e", WORKER, Integer.toString(node.faktoryPort()))
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(out.lines().toList()).last().isEqualTo("[200,1,true,\"number\"]");
    assertThat(node.get("/v1/queues/node")).contains("\"totalDone\":\"101\"", "\"dead\":\"1\"");
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }

  /** A connection of the protocol, by its bytes. */
  private static final class Line implements AutoCloseable {
    private final Socket socket = new Socket("127.0.0.1", node.faktoryPort());
    private final BufferedReader in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    private final OutputStream out = socket.getOutputStream();

    Line() throws IOException {
      socket.setSoTimeout(90_000);
    }

    String read() throws IOException {
      return in.readLine();
    }

    String ask(String command) throws IOException {
      out.write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      return read();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void aJobIsPushedFetchedAndAcknowledgedOnceWhateverTheConnection() throws IOException {
    try (Line one = new Line();
        Line other = new Line()) {
      assertThat(one.read()).isEqualTo("+HI {\"v\":2}");
      assertThat(other.read()).isEqualTo("+HI {\"v\":2}");
      assertThat(one.ask("HELLO {\"v\":2}")).isEqualTo("+OK");
      assertThat(other.ask("HELLO {\"v\":2,\"wid\":\"w\"}")).isEqualTo("+OK");
      assertThat(one.ask("FETCH line")).isEqualTo("$-1");
      String pushed =
          "{\"jid\":\"j1\",\"jobtype\":\"t\",\"args\":[1,\"\u00e9\"],\"queue\":\"line\"}";
      assertThat(one.ask("PUSH " + pushed)).isEqualTo("+OK");
      assertThat(one.ask("FETCH line")).startsWith("$");
      assertThat(one.read()).isEqualTo(pushed);
      assertThat(other.ask("ACK {\"jid\":\"j1\"}")).isEqualTo("+OK");
      assertThat(other.ask("ACK {\"jid\":\"j1\"}")).startsWith("-ERR");
      assertThat(one.ask("PUSHB [" + pushed + ",{\"jid\":\"bad\"}]")).startsWith("$");
      assertThat(one.read()).contains("\"bad\"").doesNotContain("\"j1\"");
      assertThat(one.ask("FLUSH")).startsWith("-ERR");
      assertThat(one.ask("PUSH nonsense")).startsWith("-ERR");
      assertThat(other.ask("BEAT {\"wid\":\"w\"}")).isEqualTo("+OK");
      assertThat(one.ask("END")).isEqualTo("+OK");
      assertThat(one.read()).isNull();
    }
  }

  @Test
  void queuesAreServedAsJsonToo() throws Exception {
    assertThat(
            node.post(
                "/v1/queues/web/jobs",
                "{\"job\":{\"type\":\"mail\",\"key\":\"tenant-7\",\"payload\":\"aGk=\"}}"))
        .contains("\"job\":");
    String fetched = node.post("/v1/queues/web/jobs:fetch", "{\"max\":10,\"waitMs\":\"1000\"}");
    assertThat(fetched).contains("\"tenant-7\"", "\"token\":");
    String job = fetched.replaceAll(".*?\"job\":\"(\\d+)\".*", "$1");
    String token = fetched.replaceAll(".*?\"token\":\"(\\d+)\".*", "$1");
    assertThat(node.get("/v1/queues/web/jobs/" + job)).contains("\"RUNNING\"");
    assertThat(
            node.post(
                "/v1/queues/web/jobs:report",
                "{\"reports\":[{\"job\":\"%s\",\"token\":\"%s\",\"done\":{}}]}"
                    .formatted(job, token)))
        .contains("\"accepted\":true");
    assertThat(node.get("/v1/queues/web")).contains("\"totalDone\":\"1\"");
  }
}
