package io.thalweg.server;

import io.thalweg.jobs.JobQueues;
import io.thalweg.keys.Keys;
import io.thalweg.locks.Locks;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.ServiceType;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much each project may have in a partition, where it is not as the services have it.
 *
 * @param most by the name of the quota
 * @throws BadOption naming the quota and what it may be
 */
record UpQuotas(Map<String, Long> most) {
  static final UpQuotas DEFAULTS = new UpQuotas(Map.of());

  UpQuotas {
    most = Map.copyOf(most);
    Map<String, Long> known = known();
    most.forEach((name, value) -> {
      if (!known.containsKey(name)) {
        throw new BadOption(
            "quota: unknown name '%s'; the names are %s"
                .formatted(name, String.join(", ", known.keySet())));
      }
      if (value < 0) {
        throw new BadOption("quota %s must be at least 0; got %d".formatted(name, value));
      }
    });
  }

  /** Every quota with its default, by name. */
  static Map<String, Long> known() {
    Map<String, Long> known = new TreeMap<>();
    known.putAll(JobQueues.QUOTAS);
    known.putAll(Keys.QUOTAS);
    known.putAll(Locks.QUOTAS);
    known.putAll(Keyspaces.QUOTAS);
    return known;
  }

  /** As an option has them: {@code NAME=N}, one each. */
  static UpQuotas of(Collection<String> texts) {
    Map<String, Long> most = new HashMap<>();
    for (String text : texts) {
      String[] parts = text.split("=", 2);
      try {
        most.put(parts[0].strip(), Long.valueOf(parts[parts.length - 1].strip()));
      } catch (NumberFormatException e) {
        throw new BadOption("quota must be NAME=N with a whole number; got '" + text + "'", e);
      }
    }
    return new UpQuotas(most);
  }

  /** The services, those with quotas as they are set here. */
  List<ServiceType> over(List<ServiceType> services) {
    Quotas quotas = new Quotas(most);
    return services.stream()
        .map(type ->
            type.equals(JobQueues.TYPE)
                ? JobQueues.type(quotas)
                : type.equals(Keys.TYPE)
                    ? Keys.type(quotas)
                    : type.equals(Locks.TYPE)
                        ? Locks.type(quotas)
                        : type.equals(Keyspaces.TYPE) ? Keyspaces.type(quotas) : type)
        .toList();
  }
}
