package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.bench.LoadGenerator.Run;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The gateway's protocols beside what HTTP costs: nginx with a fixed reply, and the library of the
 * gateway with one. 50 connections, servers on core 0 and the load on core 1. All servers are open
 * the whole time and take turns, so that other work on the machine disturbs all of them alike;
 * beside the rate stands the processor time that a request took in the server's process, which does
 * not depend on how others share the core.
 *
 * <p>Load: wrk for HTTP/1.1, h2load for gRPC (the same request again and again), an own program for
 * WebSockets, which costs more than the server does.
 *
 * <p>Arguments: the thalweg command, the Lua file for wrk, directory (must be there), members,
 * rounds, seconds per round.
 */
public final class GatewayBench {
  private static final int SERVER_CORE = 0;
  private static final int LOAD_CORE = 1;
  private static final int CONNECTIONS = 50;
  private static final String NGINX = "nginx, fixed reply";
  private static final String ARMERIA = "Armeria, fixed reply";
  private static final String REPLY =
      "{\"member\":\"m000000000001\",\"score\":123456789,\"rank\":4711,\"percentile\":0.5,"
          + "\"reachedTime\":\"2026-01-01T00:00:00.000001Z\"}";
  private static final int WARM_UP_ROUNDS = 3;
  private static final int GRPC_HEADER_BYTES = 5;

  private final String command;
  private final String lua;
  private final Path directory;
  private final int members;
  private final int rounds;
  private final int seconds;
  private final Map<String, Ask> asks = new LinkedHashMap<>();

  /** What is asked of a server. */
  private record Ask(ServedProcess server, LoadOf load) {}

  /** Runs the load of a round. */
  private interface LoadOf {
    Run run(int seconds) throws IOException, InterruptedException;
  }

  /** What the rounds gave. */
  private record Series(List<Run> runs, List<Double> cpuUs) {
    Run best() {
      return runs.stream()
          .max((a, b) -> Double.compare(a.requestsPerSecond(), b.requestsPerSecond()))
          .orElseThrow();
    }

    double medianCpuUs() {
      double[] sorted = cpuUs.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return sorted[sorted.length / 2];
    }

    double medianPerSecond() {
      double[] sorted = runs.stream().mapToDouble(Run::requestsPerSecond).sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  private GatewayBench(String[] args) {
    command = args[0];
    lua = args[1];
    directory = Path.of(args[2]);
    members = Integer.parseInt(args[3]);
    rounds = Integer.parseInt(args[4]);
    seconds = Integer.parseInt(args[5]);
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Machine.print(Path.of(args[2]));
    new GatewayBench(args).run();
  }

  private void run() throws IOException, InterruptedException {
    List<ServedProcess> servers = new ArrayList<>();
    try {
      ServedProcess nginx = nginx();
      servers.add(nginx);
      ServedProcess armeria = armeria();
      servers.add(armeria);
      ServedProcess thalweg = thalweg();
      servers.add(thalweg);
      HttpBoard.fill(thalweg.port(), "bench", members);
      asks.put(NGINX, new Ask(nginx, s -> wrk(nginx, "rank", s)));
      asks.put(ARMERIA, new Ask(armeria, s -> wrk(armeria, "rank", s)));
      asks.put("JSON, read", new Ask(thalweg, s -> wrk(thalweg, "rank", s)));
      asks.put("JSON, submit", new Ask(thalweg, s -> wrk(thalweg, "submit", s)));
      String member = Load.member(1);
      Path read =
          grpcBody("read", GetEntryRequest.newBuilder().setBoard("bench").setMember(member));
      Path submit =
          grpcBody(
              "submit",
              SubmitScoreRequest.newBuilder().setBoard("bench").setMember(member).setScore(5));
      asks.put("gRPC, read", new Ask(thalweg, s -> h2load(thalweg, "GetEntry", read, s)));
      asks.put("gRPC, submit", new Ask(thalweg, s -> h2load(thalweg, "SubmitScore", submit, s)));
      asks.put("WebSocket, read", new Ask(thalweg, s -> sockets(thalweg, "rank", s)));
      asks.put("WebSocket, submit", new Ask(thalweg, s -> sockets(thalweg, "submit", s)));
      measure();
    } finally {
      servers.forEach(ServedProcess::close);
    }
  }

  private void measure() throws IOException, InterruptedException {
    Map<String, Series> all = new LinkedHashMap<>();
    for (Map.Entry<String, Ask> ask : asks.entrySet()) {
      all.put(ask.getKey(), new Series(new ArrayList<>(), new ArrayList<>()));
      if (!ask.getKey().equals(NGINX)) {
        // The JVM compiles what is hot on the one core that it has.
        Run _ = ask.getValue().load().run(WARM_UP_ROUNDS * seconds);
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Ask> ask : asks.entrySet()) {
        Series series = Objects.requireNonNull(all.get(ask.getKey()));
        ServedProcess server = ask.getValue().server();
        double before = server.cpuSeconds();
        Run run = ask.getValue().load().run(seconds);
        series.runs().add(run);
        series.cpuUs().add((server.cpuSeconds() - before) * 1e6 / run.requests());
      }
    }
    report(all);
  }

  private static void report(Map<String, Series> all) {
    TextTable table =
        new TextTable(
            "request",
            "best/s",
            "median/s",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "us of processor a request",
            "to nginx, best",
            "to nginx, processor",
            "to Armeria, processor");
    Series nginx = Objects.requireNonNull(all.get(NGINX));
    Series armeria = Objects.requireNonNull(all.get(ARMERIA));
    all.forEach((name, series) -> {
      Run best = series.best();
      double cpuUs = series.medianCpuUs();
      table.row(
          name,
          TextTable.whole(best.requestsPerSecond()),
          TextTable.whole(series.medianPerSecond()),
          TextTable.decimals(best.p50Ms(), 2),
          TextTable.decimals(best.p99Ms(), 2),
          TextTable.decimals(best.p999Ms(), 2),
          TextTable.decimals(cpuUs, 1),
          TextTable.decimals(best.requestsPerSecond() / nginx.best().requestsPerSecond(), 2),
          TextTable.decimals(nginx.medianCpuUs() / cpuUs, 2),
          TextTable.decimals(armeria.medianCpuUs() / cpuUs, 2));
    });
    table.print();
  }

  // ---------------------------------------------------------------- servers

  private ServedProcess nginx() throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    Path folder = Files.createDirectory(directory.resolve("nginx"));
    Path file = folder.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        daemon off;
        master_process off;
        worker_processes 1;
        pid %1$s/pid;
        error_log %1$s/error.log;
        events { worker_connections 1024; }
        http {
          access_log off;
          keepalive_requests 100000000;
          client_body_temp_path %1$s;
          proxy_temp_path %1$s;
          fastcgi_temp_path %1$s;
          uwsgi_temp_path %1$s;
          scgi_temp_path %1$s;
          server {
            listen 127.0.0.1:%2$d;
            default_type application/json;
            location / { return 200 '%3$s'; }
          }
        }
        """
            .formatted(folder, port, REPLY));
    ServedProcess server =
        ServedProcess.start(
            List.of("nginx", "-p", folder.toString(), "-c", file.toString()),
            Map.of(),
            SERVER_CORE,
            port,
            directory.resolve("nginx.output"));
    long _ = server.awaitReadyNs();
    return server;
  }

  private ServedProcess armeria() throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    Path reply = Files.writeString(directory.resolve("reply.json"), REPLY);
    List<String> words = java("-Xmx512m");
    words.addAll(List.of(FixedReply.class.getName(), Integer.toString(port), reply.toString()));
    ServedProcess server =
        ServedProcess.start(
            words, Map.of(), SERVER_CORE, port, directory.resolve("armeria.output"));
    long _ = server.awaitReadyNs();
    return server;
  }

  private ServedProcess thalweg() throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    List<String> words = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
    words.addAll(List.of("up", "--port", Integer.toString(port)));
    words.addAll(List.of("--data", directory.resolve("thalweg").toString()));
    ServedProcess server =
        ServedProcess.start(
            words, Map.of(), SERVER_CORE, port, directory.resolve("thalweg.output"));
    long _ = server.awaitReadyNs();
    return server;
  }

  /** The beginning of a command line of this JVM with this class path. */
  private static List<String> java(String option) {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            option,
            "-XX:+UseCompactObjectHeaders",
            "-cp",
            System.getProperty("java.class.path")));
  }

  // ---------------------------------------------------------------- load

  private Run wrk(ServedProcess server, String what, int forSeconds)
      throws IOException, InterruptedException {
    return LoadGenerator.wrk(
            LOAD_CORE,
            List.of(
                "wrk",
                "--latency",
                "-t",
                "1",
                "-c",
                Integer.toString(CONNECTIONS),
                "-d",
                forSeconds + "s",
                "-s",
                lua,
                "http://127.0.0.1:" + server.port(),
                "--",
                what,
                Integer.toString(members)))
        .over(forSeconds);
  }

  private Run h2load(ServedProcess server, String method, Path body, int forSeconds)
      throws IOException, InterruptedException {
    Path times = directory.resolve("h2load.log");
    Files.deleteIfExists(times);
    return LoadGenerator.h2load(
            LOAD_CORE,
            List.of(
                "h2load",
                "-t",
                "1",
                "-c",
                Integer.toString(CONNECTIONS),
                "-m",
                "1",
                "-D",
                Integer.toString(forSeconds),
                "-H",
                "content-type: application/grpc",
                "-H",
                "te: trailers",
                "-d",
                body.toString(),
                "--log-file=" + times,
                "http://127.0.0.1:"
                    + server.port()
                    + "/thalweg.leaderboard.v1.Leaderboards/"
                    + method),
            times)
        .over(forSeconds);
  }

  private Run sockets(ServedProcess server, String what, int forSeconds)
      throws IOException, InterruptedException {
    List<String> words = java("-Xmx256m");
    words.add(SocketRpcLoad.class.getName());
    // The load's own JVM must be warm; these requests count for the processor, too.
    words.addAll(
        List.of(
            Integer.toString(server.port()),
            Integer.toString(CONNECTIONS),
            "0",
            Integer.toString(forSeconds),
            Integer.toString(members),
            what));
    return LoadGenerator.wrk(LOAD_CORE, words).over(forSeconds);
  }

  private Path grpcBody(String name, Message.Builder request) throws IOException {
    byte[] message = request.build().toByteArray();
    ByteBuffer framed = ByteBuffer.allocate(GRPC_HEADER_BYTES + message.length);
    framed.put((byte) 0).putInt(message.length).put(message);
    return Files.write(directory.resolve(name + ".grpc"), framed.array());
  }
}
