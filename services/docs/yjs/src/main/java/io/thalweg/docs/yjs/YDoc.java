package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A document: brings updates into it, in any order and any number of times, and writes what others
 * lack. Replicas that have the same updates have the same content, whatever the order was.
 *
 * <p>Deleted content is let go of at the end of every change, as Yjs does by default; that it was
 * there is kept. What an update refers to and is not here yet waits, in memory and in what is
 * written, until it comes.
 *
 * <p>Positions and lengths count UTF-16 units. Not thread-safe.
 */
public final class YDoc {
  private final StructStore store = new StructStore();
  private final Map<String, YType> roots = new HashMap<>();
  private byte @Nullable [] pending;
  private Map<Long, Integer> missing = Map.of();
  private @Nullable DeleteSet pendingDeletes;

  /** A document that holds what an update of version 1 says. */
  public static YDoc of(byte[] update) {
    YDoc doc = new YDoc();
    doc.apply(update);
    return doc;
  }

  /**
   * Brings an update of version 1 in.
   *
   * @return whether anything was inserted or deleted by it (also by what waited for it)
   * @throws MalformedUpdateException if it is none; nothing was changed
   */
  public boolean apply(byte[] update) {
    return apply(Update.decode(update));
  }

  /** As {@link #apply(byte[])}, for an update of version 2. */
  public boolean applyV2(byte[] update) {
    return apply(Update.decodeV2(update));
  }

  /** Brings an update in, which is used up by it. */
  public boolean apply(Update update) {
    Change change = new Change(store);
    boolean retry = integrate(change, update);
    DeleteSet absent = change.delete(update.deletes());
    DeleteSet waiting = pendingDeletes;
    if (waiting != null) {
      pendingDeletes = null;
      DeleteSet still = change.delete(waiting);
      if (still != null && absent != null) {
        still.addAll(absent);
      }
      absent = still != null ? still : absent;
    }
    pendingDeletes = absent;
    change.tidy();
    change.end();
    boolean changed = !change.isEmpty();
    if (retry) {
      byte[] before = pending;
      pending = null;
      missing = Map.of();
      if (before != null) {
        changed |= apply(Update.decode(before));
      }
    }
    return changed;
  }

  /** Returns whether something that waits can perhaps be brought in now. */
  private boolean integrate(Change change, Update update) {
    Integration integration = new Integration(store, change, this::root);
    NavigableMap<Long, List<Struct>> rest = integration.integrate(update.structs());
    boolean retry =
        missing.entrySet().stream().anyMatch(e -> e.getValue() < store.units(e.getKey()));
    if (!rest.isEmpty()) {
      Update left = new Update(rest, new DeleteSet());
      pending =
          pending == null
              ? left.encode()
              : Update.merged(List.of(Update.decode(pending), left)).encode();
      Map<Long, Integer> all = new HashMap<>(missing);
      integration.missing().forEach((client, clock) -> all.merge(client, clock, Math::min));
      missing = all;
    }
    return retry;
  }

  private YType root(String name) {
    return roots.computeIfAbsent(name, YType::root);
  }

  Optional<YType> find(String root) {
    return Optional.ofNullable(roots.get(root));
  }

  /** The names of the root types that anything was ever put into, in no order. */
  public List<String> roots() {
    return List.copyOf(roots.keySet());
  }

  /** Whether something waits for updates that have not come. */
  public boolean isWaiting() {
    return pending != null || pendingDeletes != null;
  }

  /** How many units of each client are here. */
  public StateVector stateVector() {
    return store.stateVector();
  }

  /** Runs of units that are kept apart: a measure of what the document takes in memory. */
  public int structCount() {
    return store.all().stream().mapToInt(ClientStructs::size).sum();
  }

  /** All of it, as an update of version 1. */
  public byte[] encode() {
    return encode(StateVector.EMPTY);
  }

  /** What somebody lacks who has {@code known}, as an update of version 1. */
  public byte[] encode(StateVector known) {
    WriterV1 writer = new WriterV1();
    write(writer, known);
    return isWaiting() ? withWaiting(writer.toBytes(), known).encode() : writer.toBytes();
  }

  /** As {@link #encode(StateVector)}, of version 2. */
  public byte[] encodeV2(StateVector known) {
    if (isWaiting()) {
      WriterV1 writer = new WriterV1();
      write(writer, known);
      return withWaiting(writer.toBytes(), known).encodeV2();
    }
    WriterV2 writer = new WriterV2();
    write(writer, known);
    return writer.toBytes();
  }

  private Update withWaiting(byte[] written, StateVector known) {
    List<Update> all = new ArrayList<>();
    all.add(Update.decode(written));
    if (pending != null) {
      // What is here already is not taken from what waits: a forged run could stand in for it.
      all.add(Update.decode(pending).without(store.stateVector()).without(known));
    }
    if (pendingDeletes != null) {
      all.add(new Update(new TreeMap<>(), pendingDeletes));
    }
    return Update.merged(all);
  }

  private void write(StructWriter writer, StateVector known) {
    List<ClientStructs> sent =
        store.all().stream()
            .filter(structs -> structs.units() > known.clock(structs.client))
            .sorted(Comparator.comparingLong((ClientStructs structs) -> structs.client).reversed())
            .toList();
    writer.rest().writeVarUint(sent.size());
    for (ClientStructs structs : sent) {
      int from = known.clock(structs.client);
      Update.writeStructs(writer, structs.client, structs.from(structs.indexOf(from)), from);
    }
    store.deleteSet().write(writer);
  }

  /**
   * Changes the document here, as one change.
   *
   * @param client under whose name, 0 to 2^53 - 1; nobody else may use it at the same time
   * @return the update of version 1 that tells others; {@link Update#empty()} if nothing changed
   * @throws IndexOutOfBoundsException if a position is not in the document; edits made before it
   *     stay, so check first or throw the document away
   */
  public byte[] edit(long client, Consumer<YEdit> edits) {
    if (client < 0 || client > ByteReader.MAX_SAFE) {
      throw new IllegalArgumentException("client must be from 0 to 2^53 - 1, not " + client);
    }
    Change change = new Change(store);
    WriterV1 writer = new WriterV1();
    try {
      edits.accept(
          new YEdit(client, store, change, new Integration(store, change, this::root), this::root));
    } finally {
      change.tidy();
      change.write(writer);
      change.end();
    }
    return writer.toBytes();
  }

  /**
   * Makes this document what an earlier state of it was, as one change: what was inserted since is
   * deleted, and what was deleted since is inserted again where it was. Others' edits merge with
   * that as with any other.
   *
   * @param client as in {@link #edit}
   * @param earlier has no update that this document has not
   * @return the update that tells others; {@link Update#empty()} if nothing is different
   */
  public byte[] restore(long client, YDoc earlier) {
    Change change = new Change(store);
    WriterV1 writer = new WriterV1();
    Integration integration = new Integration(store, change, this::root);
    new Restoration(client, store, earlier.store, change, integration)
        .run(new HashMap<>(roots), earlier.roots);
    change.tidy();
    change.write(writer);
    change.end();
    return writer.toBytes();
  }

  /** What became of a text since an earlier state, in order; formats are left out. */
  public List<TextPiece> piecesSince(YDoc earlier, String root) {
    return find(root).map(type -> Restoration.pieces(type, earlier.store)).orElse(List.of());
  }

  /** The text of a root type without its formats; empty if there is none. */
  public String text(String root) {
    return find(root).map(YRead::text).orElse("");
  }

  /** The text of a root type with its formats and what is embedded in it. */
  public List<DeltaInsert> delta(String root) {
    return find(root).map(YRead::delta).orElse(List.of());
  }

  /** {@link #delta} as Yjs writes it: a JSON array. */
  public String deltaJson(String root) {
    List<@Nullable Object> parts = new ArrayList<>();
    for (DeltaInsert part : delta(root)) {
      Map<String, @Nullable Object> object = new LinkedHashMap<>();
      object.put("insert", part.insert());
      if (!part.attributes().isEmpty()) {
        object.put("attributes", part.attributes());
      }
      parts.add(object);
    }
    return JsonText.write(parts);
  }

  /** A root type taken as a list, as values of {@link AnyValue}. */
  public List<@Nullable Object> list(String root) {
    return find(root).map(YRead::list).orElse(List.of());
  }

  /** A root type taken as a map, as values of {@link AnyValue}. */
  public Map<String, @Nullable Object> map(String root) {
    return find(root).map(YRead::map).orElse(Map.of());
  }

  /** A root type taken as an XML fragment. */
  public String xml(String root) {
    return find(root).map(YRead::xml).orElse("");
  }

  /** A root type as JSON: a map if it has named entries and no sequence, else a list or a text. */
  public String json(String root) {
    return JsonText.write(find(root).map(YRead::value).orElse(null));
  }
}
