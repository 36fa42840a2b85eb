package io.thalweg.docs.yjs;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The structs of a document, by client. */
final class StructStore {
  private final Map<Long, ClientStructs> clients = new HashMap<>();
  private @Nullable ClientStructs last;

  /** Those of a client, perhaps none yet. */
  ClientStructs of(long client) {
    ClientStructs recent = last;
    if (recent != null && recent.client == client) {
      return recent;
    }
    ClientStructs found = clients.computeIfAbsent(client, ClientStructs::new);
    last = found;
    return found;
  }

  /** Those of a client, or null if there are none. */
  @Nullable ClientStructs find(long client) {
    ClientStructs recent = last;
    return recent != null && recent.client == client ? recent : clients.get(client);
  }

  int units(long client) {
    ClientStructs found = find(client);
    return found == null ? 0 : found.units();
  }

  Struct holding(long client, int clock) {
    ClientStructs structs = of(client);
    return structs.get(structs.indexOf(clock));
  }

  Collection<ClientStructs> all() {
    return clients.values();
  }

  StateVector stateVector() {
    Map<Long, Integer> clocks = new TreeMap<>();
    clients.forEach((client, structs) -> clocks.put(client, structs.units()));
    return new StateVector(clocks);
  }

  /** All that is deleted here. */
  DeleteSet deleteSet() {
    DeleteSet deleted = new DeleteSet();
    for (ClientStructs structs : clients.values()) {
      for (int i = 0; i < structs.size(); i++) {
        Struct struct = structs.get(i);
        if (struct.deleted()) {
          deleted.add(struct.client, struct.clock, struct.length);
        }
      }
    }
    return deleted;
  }
}
