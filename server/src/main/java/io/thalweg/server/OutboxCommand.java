package io.thalweg.server;

import io.thalweg.client.ClientBuilder;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.jobs.outbox.OutboxFigures;
import io.thalweg.client.jobs.outbox.OutboxOptions;
import io.thalweg.client.jobs.outbox.OutboxRelay;
import io.thalweg.client.jobs.outbox.OutboxTable;
import io.thalweg.server.load.Presented;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg outbox}: makes jobs of the rows of a table in somebody's PostgreSQL. */
@Command(
    name = "outbox",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Makes one job of each row of a table in your PostgreSQL, so that enqueueing is part of your"
          + " transaction. Runs until Ctrl-C or SIGTERM. Any number may run beside each other.",
      "",
      "  thalweg outbox --sql | psql shop",
      "  thalweg outbox --postgres jdbc:postgresql://127.0.0.1/shop",
      "",
      "The password is in the environment variable THALWEG_POSTGRES_PASSWORD or in the file of"
          + " passwords of PostgreSQL (.pgpass). THALWEG_API_KEY is the key for the node, and needs"
          + " jobs:write."
    })
final class OutboxCommand implements Callable<Integer> {
  private static final String PASSWORD = "THALWEG_POSTGRES_PASSWORD";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  // A database that is gone without a word is noticed after so many seconds.
  private static final int SOCKET_TIMEOUT_S = 60;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--postgres",
      paramLabel = "JDBC-URL",
      description = "The database: jdbc:postgresql://HOST:PORT/DATABASE?user=NAME")
  @Nullable String postgres;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where the node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  String url = "";

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = "Default: ${DEFAULT-VALUE}",
      defaultValue = "thalweg_outbox")
  String table = "";

  @Option(
      names = "--poll",
      paramLabel = "MS",
      description =
          "Pause after a look at the table that found nothing, 1 to 60000. Default:"
              + " ${DEFAULT-VALUE}",
      defaultValue = "200")
  long pollMs;

  @Option(names = "--sql", description = "Prints the SQL that makes the table, and ends.")
  boolean sql;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    OutboxOptions options = options(err);
    if (sql) {
      out.print(options.table().sql());
      out.flush();
      return 0;
    }
    PGSimpleDataSource database = database();
    ThalwegClient client = client();
    OutboxRelay relay = OutboxRelay.start(client, database, options);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("outbox-end").unstarted(() -> end(relay, client, out)));
    out.println("Relaying " + options.table().name() + " to " + url + ".");
    out.flush();
    new CountDownLatch(1).await();
    return 0;
  }

  private OutboxOptions options(PrintWriter err) {
    try {
      return OutboxOptions.defaults()
          .withTable(new OutboxTable(table))
          .withPoll(Duration.ofMillis(pollMs))
          .withProblems(problem -> {
            err.println("thalweg: " + problem);
            err.flush();
          });
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  private PGSimpleDataSource database() {
    if (postgres == null) {
      throw new ParameterException(spec.commandLine(), "--postgres is required, or --sql");
    }
    PGSimpleDataSource database = new PGSimpleDataSource();
    try {
      database.setUrl(postgres);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(),
          "--postgres must be a URL such as jdbc:postgresql://HOST/DATABASE",
          e);
    }
    database.setApplicationName("thalweg outbox");
    if (database.getSocketTimeout() == 0) {
      database.setSocketTimeout(SOCKET_TIMEOUT_S);
    }
    String password = System.getenv(PASSWORD);
    if (password != null && !password.isEmpty()) {
      database.setPassword(password);
    }
    return database;
  }

  private ThalwegClient client() {
    ClientBuilder builder = ThalwegClient.at(url).timeout(TIMEOUT);
    String key = Presented.key();
    if (key != null) {
      builder.apiKey(key);
    }
    String certificates = Presented.caFile();
    if (certificates != null) {
      builder.caFile(Path.of(certificates));
    }
    try {
      return builder.open();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static void end(OutboxRelay relay, ThalwegClient client, PrintWriter out) {
    relay.close();
    client.close();
    OutboxFigures figures = relay.figures();
    out.println(
        "Relayed %d rows, of which %d again; %d were refused."
            .formatted(figures.relayed(), figures.again(), figures.refused()));
    out.flush();
  }
}
