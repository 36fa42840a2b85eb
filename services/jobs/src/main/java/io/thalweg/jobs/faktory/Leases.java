package io.thalweg.jobs.faktory;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which lease a Faktory client means by a job's id. In memory: after a restart of the node a report
 * of a lease from before is refused, and the job runs again when its reservation is over.
 *
 * <p>Thread-safe. At {@value #MAX_LEASES} the oldest is forgotten, with the same consequence.
 */
final class Leases {
  private static final int MAX_LEASES = 500_000;

  private final Map<Id, Lease> leases =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Id, Lease> eldest) {
          return size() > MAX_LEASES;
        }
      };

  private record Id(int project, String jid) {}

  /** A lease that a client has. */
  record Lease(String queue, long job, long token) {}

  synchronized void put(int project, String jid, Lease lease) {
    leases.put(new Id(project, jid), lease);
  }

  /** The last lease of a job of this id. */
  synchronized @Nullable Lease get(int project, String jid) {
    return leases.get(new Id(project, jid));
  }

  /** It has ended. */
  synchronized void remove(int project, String jid, Lease lease) {
    leases.remove(new Id(project, jid), lease);
  }
}
