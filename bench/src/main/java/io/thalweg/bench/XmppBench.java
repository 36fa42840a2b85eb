package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Messaging beside ejabberd and Prosody, all by XMPP and by one load: messages a second, memory of
 * an idle user, a storm of users who come back, and what a kill with -9 loses or doubles.
 */
public final class XmppBench {
  private static final int WARM_USERS = 100;
  private static final int KILL_PAIRS = 10;
  private static final int OPEN_AT_ONCE = 200;
  private static final long LIMIT_S = 600;

  private final String thalweg;
  private final Path work;
  private final Sizes sizes;

  /** How much of each. */
  private record Sizes(
      int lengthS, int pairs, int rate, int idle, int storm, int killRate, int kills) {}

  /** What a server did. */
  private record Row(
      XmppServer server,
      XmppTalk.Result talk,
      double cpuUsOfAMessage,
      double idleBytes,
      double stormSeconds,
      XmppKill.Result kill) {}

  private XmppBench(String thalweg, Path work, Sizes sizes) {
    this.thalweg = thalweg;
    this.work = work;
    this.sizes = sizes;
  }

  /**
   * Arguments: the thalweg command, a folder, seconds of a round, pairs, the first rate, idle
   * users, users of the storm, messages a second and kills of the last measure, servers by name.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int[] n = IntStream.range(2, 9).map(i -> Integer.parseInt(args[i].replace("_", ""))).toArray();
    Path work = Path.of(args[1]);
    Machine.print(work);
    XmppBench bench =
        new XmppBench(args[0], work, new Sizes(n[0], n[1], n[2], n[3], n[4], n[5], n[6]));
    List<XmppServer> servers = new ArrayList<>();
    for (String word : args[9].split(",", -1)) {
      servers.add(XmppServer.of(word));
    }
    servers.forEach(server -> System.out.println(server.title() + ": " + server.sync()));
    List<Row> rows = new ArrayList<>();
    for (XmppServer server : servers) {
      rows.add(bench.measure(server));
    }
    print(rows);
  }

  private Path fresh(XmppServer server, String what) throws IOException {
    return Files.createDirectories(work.resolve(server.name().toLowerCase(Locale.ROOT) + what));
  }

  private Row measure(XmppServer server) throws IOException, InterruptedException {
    Path folder = fresh(server, "");
    int port = ServedProcess.freePort();
    int users = Math.max(2 * sizes.pairs, Math.max(sizes.storm, WARM_USERS + sizes.idle));
    server.prepare(folder, port, users);
    XmppTalk.Result talk;
    double cpuUs;
    try (ServedProcess process = server.start(folder, port, thalweg)) {
      if (server.registers()) {
        XmppRegistration.register(port, users);
      }
      talk = XmppTalk.best(server.title(), port, sizes.pairs, sizes.rate, sizes.lengthS);
      cpuUs = cost(process, port, talk);
    }
    double idle;
    double storm;
    try (ServedProcess process = server.start(folder, port, thalweg)) {
      idle = idle(server, process, port);
      storm = storm(port);
    }
    System.out.printf(
        "%s: %,.0f bytes an idle user; %,d users back after %.1f s%n",
        server.title(), idle, sizes.storm, storm);
    Path killed = fresh(server, "-killed");
    server.prepare(killed, port, 2 * KILL_PAIRS);
    XmppKill.Result kill =
        XmppKill.run(server, killed, port, thalweg, KILL_PAIRS, sizes.killRate, sizes.kills);
    System.out.printf("%s: %s%n", server.title(), kill);
    return new Row(server, talk, cpuUs, idle, storm, kill);
  }

  /** Processor time of the server for a message at half of its best rate, in microseconds. */
  private double cost(ServedProcess process, int port, XmppTalk.Result best) throws IOException {
    if (best.rate() == 0) {
      return Double.NaN;
    }
    double before = process.cpuSeconds();
    XmppTalk.once(port, sizes.pairs, best.rate() / 2, sizes.lengthS);
    double messages = best.rate() / 2 * (sizes.lengthS + 2);
    return (process.cpuSeconds() - before) * 1e6 / messages;
  }

  private double idle(XmppServer server, ServedProcess process, int port)
      throws IOException, InterruptedException {
    try (XmppCrowd crowd = new XmppCrowd(port, false, (user, element) -> {})) {
      crowd.open(names(0, WARM_USERS), OPEN_AT_ONCE, LIMIT_S);
      double before = settled(server, process);
      crowd.open(names(WARM_USERS, sizes.idle), OPEN_AT_ONCE, LIMIT_S);
      return (settled(server, process) - before) / sizes.idle;
    }
  }

  private static double settled(XmppServer server, ServedProcess process)
      throws IOException, InterruptedException {
    Thread.sleep(2_000);
    if (server == XmppServer.THALWEG) {
      process.collectGarbage();
      Thread.sleep(1_000);
    }
    return process.residentBytes();
  }

  private double storm(int port) throws IOException {
    List<String> names = names(0, sizes.storm);
    try (XmppCrowd crowd = new XmppCrowd(port, false, (user, element) -> {})) {
      crowd.open(names, OPEN_AT_ONCE, LIMIT_S);
    }
    long startNs = System.nanoTime();
    try (XmppCrowd crowd = new XmppCrowd(port, false, (user, element) -> {})) {
      crowd.open(names, sizes.storm, LIMIT_S);
      return (System.nanoTime() - startNs) / 1e9;
    }
  }

  private static List<String> names(int from, int count) {
    return IntStream.range(from, from + count).mapToObj(XmppServer::user).toList();
  }

  private static void print(List<Row> rows) {
    TextTable table =
        new TextTable(
            "server",
            "delivered/s, p99 < 100 ms",
            "p50 ms",
            "p99 ms",
            "CPU us a message",
            "KB an idle user",
            "storm s",
            "killed: acknowledged",
            "lost",
            "doubled",
            "given again");
    for (Row row : rows) {
      table.row(
          row.server.title(),
          TextTable.whole(row.talk.delivered()),
          TextTable.decimals(row.talk.p50Ms(), 1),
          TextTable.decimals(row.talk.p99Ms(), 1),
          TextTable.decimals(row.cpuUsOfAMessage, 0),
          TextTable.decimals(row.idleBytes / 1024, 1),
          TextTable.decimals(row.stormSeconds, 1),
          TextTable.whole(row.kill.acknowledged()),
          TextTable.whole(row.kill.lost()),
          TextTable.whole(row.kill.doubled()),
          TextTable.whole(row.kill.again()));
    }
    table.print();
    double own =
        rows.stream()
            .filter(row -> row.server == XmppServer.THALWEG)
            .mapToDouble(row -> row.talk.delivered())
            .findFirst()
            .orElse(Double.NaN);
    for (Row row : rows) {
      if (row.server != XmppServer.THALWEG) {
        System.out.printf(
            "delivered/s, Thalweg to %s: %.2f (goal, beside ejabberd: 2)%n",
            row.server.title(), own / row.talk.delivered());
      }
    }
  }
}
