package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.jobs.outbox.OutboxOptions;
import io.thalweg.client.jobs.outbox.OutboxRelay;
import io.thalweg.client.jobs.outbox.OutboxTable;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ListQueuesRequest;
import io.thalweg.jobs.v1.ListQueuesResponse;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.SetQueueRequest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows of a real PostgreSQL become jobs of a real server, one each. */
class OutboxRelayTest {
  private static final AtomicInteger TABLES = new AtomicInteger();

  private static LivePostgres postgres;
  private static LiveServer server;

  private final OutboxTable table = new OutboxTable("outbox_" + TABLES.incrementAndGet());
  private final OutboxOptions options =
      OutboxOptions.defaults().withTable(table).withPoll(Duration.ofMillis(5));

  private interface Condition {
    boolean holds() throws Exception;
  }

  @BeforeAll
  static void start() throws Exception {
    var programs = LivePostgres.installed();
    org.junit.jupiter.api.Assumptions.assumeTrue(
        programs.isPresent(), "PostgreSQL is not installed");
    postgres = LivePostgres.start(programs.orElseThrow());
    server = new LiveServer();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  private static ThalwegClient client() {
    return ThalwegClient.at(server.url()).timeout(Duration.ofSeconds(10)).open();
  }

  private static void await(String what, Condition condition) throws Exception {
    long beganNs = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - beganNs > TimeUnit.SECONDS.toNanos(120)) {
        throw new AssertionError("waited in vain for " + what);
      }
      Thread.sleep(5);
    }
  }

  private int rows(String where) throws SQLException {
    try (Connection connection = postgres.source().getConnection();
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery("select count(*) from " + table.name() + " " + where)) {
      result.next();
      return result.getInt(1);
    }
  }

  private String queue() {
    return "queue-" + table.name();
  }

  private Queue figures() {
    return server.node().call(GetQueueRequest.newBuilder().setQueue(queue()).build(), Queue.class);
  }

  private List<JobSpec> jobs() {
    List<JobSpec> jobs = new ArrayList<>();
    FetchRequest fetch = FetchRequest.newBuilder().setQueue(queue()).setMax(1_000).build();
    while (true) {
      FetchResponse fetched = server.node().call(fetch, FetchResponse.class);
      if (fetched.getJobsCount() == 0) {
        return jobs;
      }
      fetched.getJobsList().stream().map(LeasedJob::getSpec).forEach(jobs::add);
    }
  }

  private void insert(Connection connection, UUID id, String label) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into %s (id, queue, type, label) values (?, ?, 't', ?) on conflict do nothing"
                .formatted(table.name()))) {
      insert.setObject(1, id);
      insert.setString(2, queue());
      insert.setString(3, label);
      insert.executeUpdate();
    }
  }

  @Test
  void aRowThatIsCommittedBecomesAJobWithAllThatItSays() throws Exception {
    postgres.execute(table.sql());
    postgres.execute(
        """
        insert into %s (queue, type, payload, key, priority, max_attempts, label)
        values ('%s', 'mail', 'hello', 'tenant-7', 3, 4, 'order 1')
        """
            .formatted(table.name(), queue()));
    try (ThalwegClient client = client();
        OutboxRelay relay = OutboxRelay.start(client, postgres.source(), options)) {
      await("the row", () -> rows("") == 0);
      assertThat(jobs())
          .singleElement()
          .satisfies(job -> {
            assertThat(job.getType()).isEqualTo("mail");
            assertThat(job.getPayload().toStringUtf8()).isEqualTo("hello");
            assertThat(job.getKey()).isEqualTo("tenant-7");
            assertThat(job.getPriority()).isEqualTo(3);
            assertThat(job.getRetry().getMaxAttempts()).isEqualTo(4);
            assertThat(job.getLabel()).isEqualTo("order 1");
          });
      postgres.execute(
          "insert into %s (queue, type, run_time) values ('%s', 't', now() + interval '1 day')"
              .formatted(table.name(), queue()));
      await("the later row", () -> rows("") == 0);
      assertThat(figures().getFigures().getScheduled()).isEqualTo(1);
      assertThat(relay.figures().relayed()).isEqualTo(2);
    }
  }

  @Test
  void aTransactionThatIsRolledBackMakesNoJobAndALateOneIsNotPassedOver() throws Exception {
    postgres.execute(table.sql());
    try (Connection late = postgres.source().getConnection();
        Connection lost = postgres.source().getConnection();
        ThalwegClient client = client();
        OutboxRelay _ = OutboxRelay.start(client, postgres.source(), options)) {
      late.setAutoCommit(false);
      lost.setAutoCommit(false);
      insert(late, UUID.randomUUID(), "late");
      insert(lost, UUID.randomUUID(), "lost");
      try (Connection early = postgres.source().getConnection()) {
        insert(early, UUID.randomUUID(), "early");
      }
      await("the early row", () -> rows("") == 0);
      lost.rollback();
      late.commit();
      await("the late row", () -> rows("") == 0);
      assertThat(jobs()).extracting(JobSpec::getLabel).containsExactly("early", "late");
    }
  }

  @Test
  void aRowThatCanNeverBeAJobIsPutAsideAndTheOthersGoOn() throws Exception {
    postgres.execute(table.sql());
    postgres.execute("alter table %s drop constraint %1$s_type_check".formatted(table.name()));
    postgres.execute(
        """
        insert into %s (queue, type, label)
        select '%s', case when n = 7 then '' else 't' end, n::text from generate_series(1, 20) n
        """
            .formatted(table.name(), queue()));
    try (ThalwegClient client = client();
        OutboxRelay relay = OutboxRelay.start(client, postgres.source(), options)) {
      await("the others", () -> rows("where error is null") == 0);
      assertThat(rows("where label = '7' and error like 'INVALID_ARGUMENT: %type%'")).isEqualTo(1);
      assertThat(jobs()).hasSize(19);
      await("the count", () -> relay.figures().refused() == 1);
      postgres.execute("update %s set type = 't', error = null".formatted(table.name()));
      await("the row that was mended", () -> rows("") == 0);
      assertThat(jobs()).extracting(JobSpec::getLabel).containsExactly("7");
    }
  }

  @Test
  void aQueueThatIsFullHoldsUpNoOther() throws Exception {
    postgres.execute(table.sql());
    server
        .node()
        .call(
            SetQueueRequest.newBuilder()
                .setQueue("full-" + table.name())
                .setSettings(QueueSettings.newBuilder().setMaxJobs(1))
                .build(),
            Queue.class);
    postgres.execute(
        """
        insert into %s (queue, type) select 'full-%1$s', 't' from generate_series(1, 1500);
        insert into %1$s (queue, type) values ('%s', 't');
        """
            .formatted(table.name(), queue()));
    try (ThalwegClient client = client();
        OutboxRelay _ = OutboxRelay.start(client, postgres.source(), options)) {
      await("the other queue", () -> rows("where queue = '%s'".formatted(queue())) == 0);
      assertThat(rows("")).isEqualTo(1_500);
    }
  }

  /** Fails the first statements that delete, as if the relay had been killed there. */
  private static DataSource killedBetweenJobAndDelete(DataSource real, AtomicInteger kills) {
    return proxy(
        DataSource.class,
        real,
        connection ->
            proxy(
                Connection.class,
                connection,
                statement -> statement,
                sql -> {
                  if (sql.startsWith("delete") && kills.getAndDecrement() > 0) {
                    ((Connection) connection).close();
                    throw new SQLException("killed");
                  }
                }));
  }

  private interface Before {
    void sql(String sql) throws SQLException;
  }

  private static <T> T proxy(
      Class<T> type, Object real, java.util.function.UnaryOperator<Object> wrap) {
    return proxy(type, real, wrap, sql -> {});
  }

  private static <T> T proxy(
      Class<T> type, Object real, java.util.function.UnaryOperator<Object> wrap, Before before) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().equals("prepareStatement")) {
                before.sql((String) arguments[0]);
              }
              try {
                Object result = method.invoke(real, arguments);
                return method.getName().equals("getConnection") ? wrap.apply(result) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Test
  void everyRowBecomesOneJobThroughKillsOfRelayNodeAndDatabase() throws Exception {
    postgres.execute(table.sql());
    AtomicInteger kills = new AtomicInteger(3);
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    Thread writer = Thread.ofVirtual().start(() -> write(written, enough));
    try (ThalwegClient client = client();
        OutboxRelay one =
            OutboxRelay.start(
                client, killedBetweenJobAndDelete(postgres.source(), kills), options.withMost(40));
        OutboxRelay other = OutboxRelay.start(client, postgres.source(), options.withMost(70))) {
      for (int i = 0; i < 2; i++) {
        long before = one.figures().relayed() + other.figures().relayed();
        await("some rows", () -> one.figures().relayed() + other.figures().relayed() > before);
        postgres.crash();
        postgres.start();
        long between = one.figures().relayed() + other.figures().relayed();
        await("more rows", () -> one.figures().relayed() + other.figures().relayed() > between);
        server.restart();
      }
      await("all kills", () -> kills.get() <= 0);
      enough.set(true);
      writer.join();
      await("all rows", () -> rows("") == 0);
      assertThat(one.figures().again() + other.figures().again()).isPositive();
    }
    assertThat(figures().getFigures().getTotalEnqueued()).isEqualTo(written.get());
    assertThat(jobs())
        .extracting(job -> Integer.parseInt(job.getLabel()))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, written.get()).boxed().toList());
  }

  @Test
  void everyRowBecomesOneJobThoughTheRelaysProcessIsKilledAgainAndAgain() throws Exception {
    postgres.execute(table.sql());
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    Thread writer = Thread.ofVirtual().start(() -> write(written, enough));
    Process relay = null;
    try {
      for (int i = 0; i < 3; i++) {
        long before = relayed();
        relay =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    RelayProgram.class.getName(),
                    server.url(),
                    postgres.url(),
                    table.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        await("some rows", () -> relayed() > before + 30);
        if (i < 2) {
          // SIGKILL, at whatever it does.
          relay.destroyForcibly().waitFor();
        }
      }
      enough.set(true);
      writer.join();
      await("all rows", () -> rows("") == 0);
    } finally {
      enough.set(true);
      if (relay != null) {
        relay.destroyForcibly().waitFor();
      }
    }
    assertThat(figures().getFigures().getTotalEnqueued()).isEqualTo(written.get());
    assertThat(jobs())
        .extracting(job -> Integer.parseInt(job.getLabel()))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, written.get()).boxed().toList());
  }

  private long relayed() {
    ListQueuesResponse all =
        server.node().call(ListQueuesRequest.getDefaultInstance(), ListQueuesResponse.class);
    return all.getQueuesList().stream()
        .filter(queue -> queue.getQueue().equals(queue()))
        .mapToLong(queue -> queue.getFigures().getTotalEnqueued())
        .sum();
  }

  // A row whose commit got no answer is written again under its id: it is there once.
  private void write(AtomicInteger written, AtomicBoolean enough) {
    UUID id = UUID.randomUUID();
    while (!enough.get()) {
      try (Connection connection = postgres.source().getConnection()) {
        while (!enough.get()) {
          insert(connection, id, Integer.toString(written.get()));
          written.incrementAndGet();
          id = UUID.randomUUID();
          Thread.sleep(4);
        }
      } catch (SQLException | InterruptedException away) {
        // The database is away: the same row is tried again.
      }
    }
  }

  @Test
  void aTableNameThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new OutboxTable("a; drop table b"))
        .hasMessageContaining("table must have letters");
  }
}
