package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one replica tells another: units that were inserted, by client, and units that were deleted.
 * Updates can be merged and cut to what somebody lacks without a document.
 *
 * <p>An update is used once: bringing it into a document, merging and cutting use up its parts.
 */
public final class Update {
  private static final int STRUCTS_PER_BYTE = 4;
  private static final int STRUCTS_AT_LEAST = 100_000;

  private final NavigableMap<Long, List<Struct>> structs;
  private final DeleteSet deletes;

  Update(NavigableMap<Long, List<Struct>> structs, DeleteSet deletes) {
    this.structs = structs;
    this.deletes = deletes;
  }

  /** Nothing inserted and nothing deleted, in bytes of version 1. */
  public static byte[] empty() {
    return new byte[] {0, 0};
  }

  /**
   * Reads an update of version 1.
   *
   * @throws MalformedUpdateException if it is none; it says where and why
   */
  public static Update decode(byte[] bytes) {
    ByteReader reader = new ByteReader(bytes);
    return read(new ReaderV1(reader), bytes.length);
  }

  /**
   * Reads an update of version 2.
   *
   * @throws MalformedUpdateException if it is none; it says where and why
   */
  public static Update decodeV2(byte[] bytes) {
    return read(new ReaderV2(new ByteReader(bytes)), bytes.length);
  }

  private static Update read(StructReader reader, int size) {
    // In version 2 a few bytes can announce any number of structs.
    long allowed = STRUCTS_AT_LEAST + (long) STRUCTS_PER_BYTE * size;
    NavigableMap<Long, List<Struct>> clients = new TreeMap<>();
    ByteReader rest = reader.rest();
    int clientCount = rest.readCount(2);
    for (int i = 0; i < clientCount; i++) {
      long count = rest.readVarUint();
      allowed -= count;
      if (allowed < 0) {
        throw rest.malformed(
            "more structs are announced than an update of %d bytes may have".formatted(size));
      }
      long client = reader.client();
      int clock = rest.readInt();
      List<Struct> read = clients.computeIfAbsent(client, _ -> new ArrayList<>());
      boolean again = !read.isEmpty();
      for (long k = 0; k < count; k++) {
        Struct struct = readStruct(reader, client, clock);
        clock += struct.length;
        read.add(struct);
      }
      if (again) {
        throw rest.malformed("client %d comes twice".formatted(client));
      }
      if (read.isEmpty()) {
        clients.remove(client);
      }
    }
    DeleteSet deletes = DeleteSet.read(reader);
    if (rest.remaining() > 0) {
      throw rest.malformed(rest.remaining() + " bytes too many");
    }
    return new Update(clients, deletes);
  }

  private static Struct readStruct(StructReader reader, long client, int clock) {
    int info = reader.info();
    Struct struct =
        switch (info & 0x1f) {
          case Gc.KIND -> new Gc(client, clock, reader.length());
          case Skip.KIND -> new Skip(client, clock, reader.rest().readInt());
          default -> Item.read(reader, info, client, clock);
        };
    if (struct.length == 0) {
      throw reader.rest().malformed("a struct of length 0");
    }
    if (clock > Integer.MAX_VALUE - struct.length) {
      throw reader.rest().malformed("a clock above 2147483647");
    }
    return struct;
  }

  /** By client; each list is sorted by clock, without holes (a {@link Skip} fills them). */
  NavigableMap<Long, List<Struct>> structs() {
    return structs;
  }

  DeleteSet deletes() {
    return deletes;
  }

  /** Whether it neither inserts nor deletes. */
  public boolean isEmpty() {
    return structs.isEmpty() && deletes.isEmpty();
  }

  /** Whether it inserts anything: one that only deletes makes no document larger. */
  public boolean inserts() {
    return !structs.isEmpty();
  }

  /** The clients whose units it has, deletes or refers to. */
  public Set<Long> clients() {
    Set<Long> clients = new HashSet<>(structs.keySet());
    clients.addAll(deletes.clients().keySet());
    for (List<Struct> list : structs.values()) {
      for (Struct struct : list) {
        if (struct instanceof Item item) {
          clients.add(item.originClient);
          clients.add(item.rightOriginClient);
          if (item.parent instanceof Id id) {
            clients.add(id.client());
          }
        }
      }
    }
    clients.remove(Item.NONE);
    return clients;
  }

  /** The units that it inserts, as runs. */
  public List<UnitRange> inserted() {
    List<UnitRange> runs = new ArrayList<>();
    structs.forEach((client, list) -> {
      for (Struct struct : list) {
        UnitRange last = runs.isEmpty() ? null : runs.getLast();
        if (struct instanceof Skip) {
          continue;
        }
        if (last != null && last.client() == client && last.end() == struct.clock) {
          runs.set(
              runs.size() - 1, new UnitRange(client, last.clock(), last.length() + struct.length));
        } else {
          runs.add(new UnitRange(client, struct.clock, struct.length));
        }
      }
    });
    return runs;
  }

  /** The units that it deletes, as runs. */
  public List<UnitRange> deleted() {
    List<UnitRange> runs = new ArrayList<>();
    deletes
        .clients()
        .forEach((client, ranges) -> {
          for (int i = 0; i < ranges.count(); i++) {
            runs.add(new UnitRange(client, ranges.clock(i), ranges.end(i) - ranges.clock(i)));
          }
        });
    return runs;
  }

  /** The bytes of it in version 1. */
  public byte[] encode() {
    return write(new WriterV1());
  }

  /** The bytes of it in version 2. */
  public byte[] encodeV2() {
    return write(new WriterV2());
  }

  private byte[] write(StructWriter writer) {
    writer.rest().writeVarUint(structs.size());
    structs.descendingMap().forEach((client, list) -> writeStructs(writer, client, list, 0));
    deletes.write(writer);
    return writer.toBytes();
  }

  /** Writes one client's structs from a unit on, which the first of them holds. */
  static void writeStructs(
      StructWriter writer, long client, List<? extends Struct> list, int from) {
    Struct first = list.getFirst();
    int clock = Math.max(first.clock, from);
    writer.rest().writeVarUint(list.size());
    writer.client(client);
    writer.rest().writeVarUint(clock);
    first.write(writer, clock - first.clock);
    for (int i = 1; i < list.size(); i++) {
      list.get(i).write(writer, 0);
    }
  }

  /** The units that a replica has which knows nothing but this update. */
  public StateVector stateVector() {
    Map<Long, Integer> clocks = new HashMap<>();
    structs.forEach((client, list) -> {
      int end = 0;
      for (Struct struct : list) {
        if (struct.clock != end || struct instanceof Skip) {
          break;
        }
        end = struct.end();
      }
      clocks.put(client, end);
    });
    return new StateVector(clocks);
  }

  /**
   * What of this update somebody lacks who has {@code known}. Deletions are all kept: a state
   * vector says nothing of them.
   */
  public Update without(StateVector known) {
    NavigableMap<Long, List<Struct>> rest = new TreeMap<>();
    structs.forEach((client, list) -> {
      List<Struct> lacking = from(list, known.clock(client));
      if (!lacking.isEmpty()) {
        rest.put(client, lacking);
      }
    });
    return new Update(rest, deletes);
  }

  private static List<Struct> from(List<Struct> list, int clock) {
    List<Struct> lacking = new ArrayList<>();
    for (Struct struct : list) {
      if (struct.end() > clock && !(lacking.isEmpty() && struct instanceof Skip)) {
        lacking.add(struct.clock < clock ? struct.cut(clock - struct.clock) : struct);
      }
    }
    return lacking;
  }

  /** All that these updates hold, each unit once. Where they have holes, so has the result. */
  public static Update merged(Collection<Update> updates) {
    Map<Long, List<Struct>> all = new HashMap<>();
    for (Update update : updates) {
      update.structs.forEach(
          (client, list) -> all.computeIfAbsent(client, _ -> new ArrayList<>()).addAll(list));
    }
    NavigableMap<Long, List<Struct>> merged = new TreeMap<>();
    all.forEach((client, list) -> {
      List<Struct> once = once(client, list);
      if (!once.isEmpty()) {
        merged.put(client, once);
      }
    });
    return new Update(merged, DeleteSet.merged(updates.stream().map(u -> u.deletes).toList()));
  }

  private static List<Struct> once(long client, List<Struct> all) {
    all.removeIf(Skip.class::isInstance);
    all.sort(Comparator.comparingInt(struct -> struct.clock));
    List<Struct> once = new ArrayList<>(all.size());
    int end = -1;
    for (Struct struct : all) {
      Struct next = struct;
      if (end >= 0) {
        if (next.end() <= end) {
          continue;
        }
        if (next.clock > end) {
          once.add(new Skip(client, end, next.clock - end));
        } else if (next.clock < end) {
          next = next.cut(end - next.clock);
        }
      }
      end = next.end();
      if (!(next instanceof Gc && !once.isEmpty() && once.getLast().append(next))) {
        once.add(next);
      }
    }
    return once;
  }
}
