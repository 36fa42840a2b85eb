package io.thalweg.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * What happens in a run, apart from the order in which threads are scheduled: which client asks
 * something when, and what goes wrong when. A plan follows from a seed, can be cut down, and is
 * written as one short line.
 */
final class Plan {
  private static final int[] HORIZONS_MS = {20, 200, 2_000, 60_000};

  private Plan() {}

  /** One thing that happens. */
  sealed interface Item {
    long atUs();

    /** All that is random about it. */
    long seed();
  }

  /** A client asks something; not before it has the answer to what it asked before. */
  record Ask(int client, long atUs, long seed) implements Item {
    @Override
    public String toString() {
      return "a" + client + "@" + atUs + "#" + Long.toHexString(seed);
    }
  }

  /** Something goes wrong. */
  record Harm(Fault fault, long atUs, long seed) implements Item {
    @Override
    public String toString() {
      return "f" + fault + "@" + atUs + "#" + Long.toHexString(seed);
    }
  }

  /**
   * Draws the plan of a seed.
   *
   * @param horizonMs within what time things happen; 0: from 20 ms to a minute
   */
  static List<Item> draw(
      long seed, int clients, int operations, List<Fault> faults, int maxFaults, long horizonMs) {
    SplittableRandom random = new SplittableRandom(seed);
    long drawnMs = HORIZONS_MS[random.nextInt(HORIZONS_MS.length)];
    long horizonUs = 1_000L * (horizonMs == 0 ? drawnMs : horizonMs);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < operations; i++) {
      items.add(new Ask(random.nextInt(clients), random.nextLong(horizonUs), random.nextLong()));
    }
    int harms = faults.isEmpty() ? 0 : random.nextInt(maxFaults + 1);
    for (int i = 0; i < harms; i++) {
      Fault fault = faults.get(random.nextInt(faults.size()));
      items.add(new Harm(fault, random.nextLong(horizonUs), random.nextLong()));
    }
    items.sort(Comparator.comparingLong(Item::atUs));
    return items;
  }

  static String write(List<Item> items) {
    return items.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException naming the part that cannot be read
   */
  static List<Item> read(String text) {
    List<Item> items = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (!part.isEmpty()) {
        items.add(readItem(part));
      }
    }
    return items;
  }

  private static Item readItem(String part) {
    int at = part.indexOf('@');
    int hash = part.indexOf('#');
    if (at < 1 || hash < at) {
      throw new IllegalArgumentException("not a part of a plan: '" + part + "'");
    }
    String what = part.substring(1, at);
    long atUs = Long.parseLong(part.substring(at + 1, hash));
    long seed = Long.parseUnsignedLong(part.substring(hash + 1), 16);
    return switch (part.charAt(0)) {
      case 'a' -> new Ask(Integer.parseInt(what), atUs, seed);
      case 'f' -> new Harm(Fault.valueOf(what), atUs, seed);
      default -> throw new IllegalArgumentException("not a part of a plan: '" + part + "'");
    };
  }
}
