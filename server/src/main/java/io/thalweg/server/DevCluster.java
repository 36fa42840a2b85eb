package io.thalweg.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/**
 * Real brokers and nodes on this machine, each in a process of its own; for development, tests and
 * benches. Used by one thread; {@link #close} may come from another.
 */
public final class DevCluster implements AutoCloseable {
  private static final long STOP_S = 40;
  private static final long REGISTERED_S = 60;
  private static final String NAME = "dev";

  private final Path directory;
  private final List<String> nodeOptions;
  private final List<BrokerProcess> brokers = new ArrayList<>();
  // Its end may come from another thread, which stops everything.
  private final Map<String, Running> nodes = new ConcurrentSkipListMap<>();
  private String bootstrap = "";

  /** A node that runs. */
  private record Running(Process process, String url) {}

  private DevCluster(Path directory, List<String> nodeOptions) {
    this.directory = directory;
    this.nodeOptions = nodeOptions;
  }

  /**
   * Starts brokers, and waits until they take connections.
   *
   * @param directory of their data; may be that of an earlier cluster of as many brokers
   * @param brokers 1 or 3
   * @param nodeOptions more options of {@code up} for each node
   * @throws CommandFailed if Kafka's jars are not there, or a broker does not start
   */
  public static DevCluster start(Path directory, int brokers, List<String> nodeOptions)
      throws IOException, InterruptedException {
    DevCluster cluster = new DevCluster(directory.toAbsolutePath(), nodeOptions);
    try {
      cluster.startBrokers(brokers);
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void startBrokers(int count) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    String classPath = brokerClassPath();
    String clusterId = clusterId(directory.resolve("kafka-cluster-id"));
    List<BrokerProcess.Ports> ports = ports(count);
    bootstrap = ports.stream().map(p -> "127.0.0.1:" + p.port()).collect(Collectors.joining(","));
    for (int id = 1; id <= count; id++) {
      brokers.add(
          BrokerProcess.start(id, ports, clusterId, directory.resolve("broker-" + id), classPath));
    }
    for (BrokerProcess broker : brokers) {
      broker.awaitReady();
    }
    awaitRegistered(count);
  }

  // A topic of three replicas can be made only when all three know of each other.
  private void awaitRegistered(int count) throws InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(REGISTERED_S);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      while (System.nanoTime() - endNs < 0) {
        try {
          if (admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).size() == count) {
            return;
          }
        } catch (ExecutionException | TimeoutException e) {
          // Not yet.
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
    throw new CommandFailed("the brokers do not find each other; see broker.log in " + directory);
  }

  private static String clusterId(Path file) throws IOException {
    if (Files.exists(file)) {
      return Files.readString(file).strip();
    }
    UUID id = UUID.randomUUID();
    byte[] bytes =
        ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array();
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    // Kafka's tools take one that begins so for an option.
    String safe = text.startsWith("-") ? "k" + text.substring(1) : text;
    Files.writeString(file, safe);
    return safe;
  }

  // All are open at once, so that no port is given twice.
  private static List<BrokerProcess.Ports> ports(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return IntStream.range(0, count)
          .mapToObj(i ->
              new BrokerProcess.Ports(
                  sockets.get(2 * i).getLocalPort(), sockets.get(2 * i + 1).getLocalPort()))
          .toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Kafka's server: beside this program's jars, or on its own class path. */
  private static String brokerClassPath() throws IOException {
    String named = System.getProperty("thalweg.broker.lib");
    List<Path> folders = new ArrayList<>();
    if (named != null) {
      folders.add(Path.of(named));
    }
    Path home = home();
    folders.add(home.resolve("broker"));
    folders.add(home.resolve("../../broker/target/lib"));
    folders.add(home.resolve("../broker/target/lib"));
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> jars = Files.list(folder)) {
          return jars.map(Path::toString)
              .filter(jar -> jar.endsWith(".jar"))
              .sorted()
              .collect(Collectors.joining(System.getProperty("path.separator")));
        }
      }
    }
    try {
      Class.forName("kafka.Kafka", false, DevCluster.class.getClassLoader());
      return System.getProperty("java.class.path");
    } catch (ClassNotFoundException e) {
      throw new CommandFailed(
          "Kafka's server jars are neither in %s nor on the class path; name their folder with -Dthalweg.broker.lib in THALWEG_JAVA_OPTS"
              .formatted(folders.getFirst()),
          e);
    }
  }

  // The folder of the jar that this class is in.
  private static Path home() {
    try {
      URI place = DevCluster.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(place).getParent();
      return path == null ? Path.of("") : path;
    } catch (URISyntaxException e) {
      return Path.of("");
    }
  }

  /**
   * Puts a process into a session of its own where that can be done: Ctrl-C is for this process
   * alone, which then stops the others in order.
   */
  static List<String> detached() {
    return Files.isExecutable(Path.of("/usr/bin/setsid")) ? List.of("/usr/bin/setsid") : List.of();
  }

  /** {@code host:port} of the brokers. */
  public String bootstrap() {
    return bootstrap;
  }

  /**
   * Starts a node, and does not wait for it: see {@link #awaitNode}.
   *
   * @param id its name
   * @param port 0 picks a free one
   */
  public void startNode(String id, int port) throws IOException {
    Path own = directory.resolve("node-" + id);
    Files.createDirectories(own);
    List<String> command = new ArrayList<>(detached());
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "up",
            "--kafka",
            bootstrap,
            "--cluster",
            NAME,
            "--node-id",
            id,
            "--port",
            Integer.toString(port),
            "--data",
            own.resolve("data").toString()));
    if (brokers.size() < 3) {
      command.add("--kafka-dev");
    }
    command.addAll(nodeOptions);
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(own.resolve("node.log").toFile()))
            .start();
    nodes.put(id, new Running(process, ""));
  }

  /**
   * Waits until a node that was started is ready; where it listens.
   *
   * @throws CommandFailed if it ended
   */
  public String awaitNode(String id) throws IOException {
    Running node = node(id);
    BufferedReader out = node.process().inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.strip().startsWith("listening")) {
        String url = line.strip().substring("listening".length()).strip();
        nodes.put(id, new Running(node.process(), url));
        return url;
      }
    }
    throw new CommandFailed(
        "node %s has ended; see %s"
            .formatted(id, directory.resolve("node-" + id).resolve("node.log")));
  }

  private Running node(String id) {
    Running node = nodes.get(id);
    if (node == null) {
      throw new IllegalArgumentException("there is no node " + id);
    }
    return node;
  }

  /** Where a node listens. */
  public String url(String id) {
    return node(id).url();
  }

  /** Ends a node with SIGTERM; returns at once. */
  public void terminate(String id) {
    node(id).process().destroy();
  }

  /** Ends a node with SIGKILL. */
  public void kill(String id) {
    node(id).process().destroyForcibly();
  }

  /** Whether a node's process is there. */
  public boolean isAlive(String id) {
    return node(id).process().isAlive();
  }

  /** Waits until a node has ended. */
  public void awaitEnd(String id) throws InterruptedException {
    Process process = node(id).process();
    if (!process.waitFor(STOP_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    nodes.remove(id);
  }

  /** The nodes that have ended by themselves, each told once. */
  List<String> ended() {
    List<String> ended = new ArrayList<>();
    nodes.forEach((id, node) -> {
      if (!node.process().isAlive()) {
        ended.add(id);
      }
    });
    ended.forEach(nodes::remove);
    return ended;
  }

  /** Stops the nodes, then the brokers. */
  @Override
  public void close() {
    nodes.values().forEach(node -> node.process().destroy());
    try {
      for (String id : List.copyOf(nodes.keySet())) {
        awaitEnd(id);
      }
    } catch (InterruptedException e) {
      nodes.values().forEach(node -> node.process().destroyForcibly());
      Thread.currentThread().interrupt();
    }
    brokers.forEach(BrokerProcess::terminate);
    brokers.forEach(BrokerProcess::close);
    brokers.clear();
  }
}
