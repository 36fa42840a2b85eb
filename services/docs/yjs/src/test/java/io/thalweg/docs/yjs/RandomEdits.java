package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Some clients that edit and hear of each other now and then. */
final class RandomEdits {
  private static final List<String> WORDS = List.of("a", "bc", "😀", "hello ", "漢字");
  private static final List<Object> VALUES =
      List.of(1, 2.5, "s", true, List.of("x", 1), Map.of("k", "v"));

  private final Random random;
  private final List<YDoc> docs = new ArrayList<>();
  private final List<List<byte[]>> inboxes = new ArrayList<>();
  private final List<byte[]> updates = new ArrayList<>();

  RandomEdits(Random random, int clients) {
    this.random = random;
    for (int i = 0; i < clients; i++) {
      docs.add(new YDoc());
      inboxes.add(new ArrayList<>());
    }
  }

  List<byte[]> updates() {
    return updates;
  }

  List<YDoc> docs() {
    return docs;
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      int who = random.nextInt(docs.size());
      byte[] update = docs.get(who).edit(who + 1, edit -> edit(edit, docs.get(who)));
      updates.add(update);
      for (int other = 0; other < docs.size(); other++) {
        if (other != who) {
          inboxes.get(other).add(update);
        }
      }
      int to = random.nextInt(docs.size());
      if (random.nextInt(3) == 0 && !inboxes.get(to).isEmpty()) {
        docs.get(to).apply(inboxes.get(to).remove(random.nextInt(inboxes.get(to).size())));
      }
    }
  }

  /** Everybody hears of everything. */
  void settle() {
    for (int i = 0; i < docs.size(); i++) {
      inboxes.get(i).forEach(docs.get(i)::apply);
      inboxes.get(i).clear();
    }
  }

  private void edit(YEdit edit, YDoc doc) {
    int length = doc.text("t").length();
    int size = doc.list("a").size();
    switch (random.nextInt(7)) {
      case 0, 1, 2 -> edit.insertText("t", random.nextInt(length + 1), pick(WORDS));
      case 3 -> {
        if (length > 0) {
          int at = random.nextInt(length);
          edit.delete("t", at, 1 + random.nextInt(Math.min(4, length - at)));
        }
      }
      case 4 ->
          edit.insertValues("a", random.nextInt(size + 1), List.of(pick(VALUES), pick(VALUES)));
      case 5 -> {
        if (size > 0) {
          edit.delete("a", random.nextInt(size), 1);
        }
      }
      default -> {
        String key = "k" + random.nextInt(3);
        if (random.nextInt(3) == 0) {
          edit.remove("m", key);
        } else {
          edit.set("m", key, pick(VALUES));
        }
      }
    }
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
