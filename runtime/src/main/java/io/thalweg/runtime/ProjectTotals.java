package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.state.RowListener;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What each project has in a partition, as a sum over the rows of a table, and the quota that it is
 * held against. Derived from the rows, so it needs no place in the log; one number for each project
 * that has any.
 *
 * <pre>{@code
 * queues = new ProjectTotals<>("jobs.queues", quotas.of("jobs.queues", 10_000), row -> 1);
 * d.table(1, "queues", keys, values, queues);
 *
 * queues.room(context.caller().project(), 1);          // in a command that would make one
 * }</pre>
 *
 * <p>Used by the partition's thread.
 */
public final class ProjectTotals<K, V> implements RowListener<K, V> {
  private static final long RETRY_MS = 1_000;

  private final String quota;
  private final long most;
  private final ToLongFunction<V> amount;
  private final Map<Integer, Long> totals = new HashMap<>();

  /**
   * @param quota its name, for errors
   * @param amount of a row
   */
  public ProjectTotals(String quota, long most, ToLongFunction<V> amount) {
    this.quota = quota;
    this.most = most;
    this.amount = amount;
  }

  @Override
  public void changed(int project, K key, @Nullable V before, @Nullable V after) {
    long change =
        (after == null ? 0 : amount.applyAsLong(after))
            - (before == null ? 0 : amount.applyAsLong(before));
    if (change != 0) {
      totals.merge(project, change, (one, other) -> one + other == 0 ? null : one + other);
    }
  }

  /** What a project has. */
  public long of(int project) {
    return totals.getOrDefault(project, 0L);
  }

  /**
   * Whether a project may have more.
   *
   * @throws Failure RESOURCE_EXHAUSTED naming the quota and its bound
   */
  public void room(int project, long more) {
    long present = of(project);
    if (present + more > most) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "quota %s: the project has %d in this partition and may have %d; this would be %d more"
              .formatted(quota, present, most, more),
          RETRY_MS);
    }
  }
}
