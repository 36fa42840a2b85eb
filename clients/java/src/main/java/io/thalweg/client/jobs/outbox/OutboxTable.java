package io.thalweg.client.jobs.outbox;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.UniqueScope;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The table that is relayed, and what is asked of it.
 *
 * @param name 1 to 63 letters, digits and '_', not beginning with a digit; a schema and a dot may
 *     stand before it
 */
public record OutboxTable(String name) {
  /** So long the service knows that it has had a row, whatever became of its job. */
  static final Duration REMEMBERED = Duration.ofDays(7);

  private static final Pattern NAME =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_]{0,62}");
  private static final String UNIQUE_PREFIX = "outbox/";
  private static final int ROWS_A_TIME = 100;

  public OutboxTable {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "table must have letters, digits and '_', and may have a schema before a '.'; got '"
              + name
              + "'");
    }
  }

  /** A row and the job that it asks for. */
  record Row(UUID id, String queue, JobSpec job) {}

  /**
   * The SQL that makes the table, for PostgreSQL 13 and newer. What a job cannot be is refused
   * here, so that it fails the transaction that asked for it.
   */
  public String sql() {
    return """
    create table %1$s (
      -- Names the job for good: drawn, since numbers come again when a database is restored.
      id uuid primary key default gen_random_uuid(),
      -- The order in which rows are relayed.
      seq bigint generated always as identity,
      queue text not null check (octet_length(queue) between 1 and 100),
      type text not null check (octet_length(type) between 1 and 128),
      payload bytea not null default '' check (octet_length(payload) <= 262144),
      -- Whom it is done for.
      key text not null default '' check (octet_length(key) <= 128),
      priority int not null default 0 check (priority between -100 and 100),
      -- Not before; null: at once.
      run_time timestamptz,
      -- 0: as the queue has it.
      max_attempts int not null default 0 check (max_attempts between 0 and 1000),
      batch text not null default '' check (octet_length(batch) <= 128),
      label text not null default '' check (octet_length(label) <= 128),
      -- Why it was refused for good. Set it to null to have it sent again.
      error text
    );
    create index %2$s_waiting on %1$s (seq) where error is null;
    """
        .formatted(name, name.substring(name.indexOf('.') + 1));
  }

  /**
   * The first rows that nobody else has locked, and locks them until the end of the transaction. A
   * lock on a row that is not returned, since the bytes are enough, ends there too.
   *
   * @param held queues whose rows are left for now
   * @param most rows
   * @param mostBytes of payloads, beyond the first row
   */
  List<Row> take(Connection connection, Collection<String> held, int most, int mostBytes)
      throws SQLException {
    List<Row> rows = new ArrayList<>();
    Array queues = connection.createArrayOf("text", held.toArray());
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select id, queue, type, payload, key, priority, run_time, max_attempts, batch, label
            from %s where error is null and queue <> all (?) order by seq limit ?
            for update skip locked
            """
                .formatted(name))) {
      select.setArray(1, queues);
      select.setInt(2, most);
      // In parts, so that payloads that are not wanted are not read either.
      select.setFetchSize(ROWS_A_TIME);
      int bytes = 0;
      try (ResultSet result = select.executeQuery()) {
        while (bytes < mostBytes && result.next()) {
          Row row = row(result);
          rows.add(row);
          bytes += row.job().getPayload().size();
        }
      }
    } finally {
      queues.free();
    }
    return rows;
  }

  private static Row row(ResultSet result) throws SQLException {
    UUID id = result.getObject("id", UUID.class);
    JobSpec.Builder job =
        JobSpec.newBuilder()
            .setType(result.getString("type"))
            .setPayload(ByteString.copyFrom(result.getBytes("payload")))
            .setKey(result.getString("key"))
            .setPriority(result.getInt("priority"))
            .setBatch(result.getString("batch"))
            .setLabel(result.getString("label"))
            .setUniqueKey(UNIQUE_PREFIX + id)
            .setUniqueScope(UniqueScope.FOR_A_TIME)
            .setUniqueMs(REMEMBERED.toMillis());
    OffsetDateTime runTime = result.getObject("run_time", OffsetDateTime.class);
    if (runTime != null) {
      job.setRunTime(
          Timestamp.newBuilder().setSeconds(runTime.toEpochSecond()).setNanos(runTime.getNano()));
    }
    if (result.getInt("max_attempts") > 0) {
      job.getRetryBuilder().setMaxAttempts(result.getInt("max_attempts"));
    }
    return new Row(id, result.getString("queue"), job.build());
  }

  /** Deletes rows whose jobs were acknowledged. */
  void delete(Connection connection, List<Row> rows) throws SQLException {
    Array ids = connection.createArrayOf("uuid", rows.stream().map(Row::id).toArray());
    try (PreparedStatement delete =
        connection.prepareStatement("delete from %s where id = any (?)".formatted(name))) {
      delete.setArray(1, ids);
      delete.executeUpdate();
    } finally {
      ids.free();
    }
  }

  /** Puts a row aside that was refused for good. */
  void refuse(Connection connection, Row row, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update %s set error = ? where id = ?".formatted(name))) {
      update.setString(1, why);
      update.setObject(2, row.id());
      update.executeUpdate();
    }
  }
}
