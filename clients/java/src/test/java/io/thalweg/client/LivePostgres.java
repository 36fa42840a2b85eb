package io.thalweg.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/** Debian's PostgreSQL in a directory of its own, on a free port of this machine. */
final class LivePostgres implements AutoCloseable {
  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final long PATIENCE_S = 120;

  private final Path programs;
  private final Path directory;
  private final int port;

  private LivePostgres(Path programs) throws IOException, InterruptedException {
    this.programs = programs;
    directory = Files.createTempDirectory("thalweg-pg");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    if (isRoot()) {
      run(List.of("chown", "-R", "nobody", directory.toString()));
    }
    pg("initdb", "-D", data(), "-U", "test", "-A", "trust", "--no-sync");
    start();
  }

  /** The folder of its programs; empty if PostgreSQL is not installed. */
  static Optional<Path> installed() {
    if (!Files.isDirectory(VERSIONS)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> versions = Files.newDirectoryStream(VERSIONS)) {
      for (Path version : versions) {
        if (Files.isExecutable(version.resolve("bin/initdb"))) {
          return Optional.of(version.resolve("bin"));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static LivePostgres start(Path programs) throws IOException, InterruptedException {
    return new LivePostgres(programs);
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private String data() {
    return directory.resolve("data").toString();
  }

  void start() throws IOException, InterruptedException {
    String options =
        "-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off".formatted(port, directory);
    pg("pg_ctl", "start", "-w", "-D", data(), "-l", directory + "/log", "-o", options);
  }

  /** Ends it as a crash does: nothing is finished, and the log is replayed at the next start. */
  void crash() throws IOException, InterruptedException {
    pg("pg_ctl", "stop", "-D", data(), "-m", "immediate");
  }

  /** For a process of its own. */
  String url() {
    return "jdbc:postgresql://127.0.0.1:%d/postgres?user=test".formatted(port);
  }

  PGSimpleDataSource source() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName("postgres");
    source.setUser("test");
    return source;
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = source().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void pg(String program, String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    if (isRoot()) {
      // It refuses to run as root.
      words.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    words.add(programs.resolve(program).toString());
    words.addAll(List.of(arguments));
    run(words);
  }

  private void run(List<String> words) throws IOException, InterruptedException {
    Path output = directory.resolveSibling(directory.getFileName() + ".output");
    Process process =
        new ProcessBuilder(words)
            .directory(directory.getRoot().toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(words + " failed: " + Files.readString(output));
    }
    Files.delete(output);
  }

  @Override
  public void close() throws IOException {
    try {
      crash();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      List<Path> all = walk.sorted(Comparator.reverseOrder()).toList();
      for (Path path : all) {
        Files.delete(path);
      }
    }
  }
}
