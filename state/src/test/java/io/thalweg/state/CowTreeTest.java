package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The tree behaves as a sorted map, and its snapshots never change. */
class CowTreeTest {
  private record Pinned(CowNode root, NavigableMap<byte[], byte[]> expected) {}

  @Property(tries = 60)
  void behavesAsASortedMapAndSnapshotsStay(@ForAll long seed) {
    Random random = new Random(seed);
    CowTree tree = new CowTree();
    TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    List<Pinned> pinned = new ArrayList<>();
    int keySpace = 1 << (4 + random.nextInt(12));
    boolean ascending = random.nextInt(4) == 0;
    for (int i = 0; i < 6000; i++) {
      byte[] key = ascending ? key(i) : key(random, keySpace);
      int choice = random.nextInt(100);
      if (choice < 65) {
        byte[] value = {(byte) i};
        assertThat(tree.put(key, value)).isSameAs(model.put(key, value));
      } else if (choice < 95) {
        assertThat(tree.remove(key)).isSameAs(model.remove(key));
      } else if (choice < 96 && pinned.size() < 8) {
        pinned.add(new Pinned(tree.snapshot(), new TreeMap<>(model)));
      } else {
        assertThat(tree.get(key)).isSameAs(model.get(key));
        Map.Entry<byte[], byte[]> floor = model.floorEntry(key);
        assertThat(CowTree.floorValue(tree.root(), key))
            .isSameAs(floor == null ? null : floor.getValue());
      }
    }
    assertThat(tree.size()).isEqualTo(model.size());
    check(tree.root(), model, key(random, keySpace));
    for (Pinned each : pinned) {
      check(each.root(), each.expected(), key(random, keySpace));
    }
    for (byte[] key : List.copyOf(model.keySet())) {
      tree.remove(key);
    }
    assertThat(tree.size()).isZero();
    assertThat(new TreeCursorList(tree.root(), new byte[0]).keys).isEmpty();
  }

  private static void check(CowNode root, NavigableMap<byte[], byte[]> expected, byte[] from) {
    assertThat(new TreeCursorList(root, new byte[0]).keys)
        .usingElementComparator(Arrays::compareUnsigned)
        .containsExactlyElementsOf(expected.keySet());
    assertThat(new TreeCursorList(root, from).keys)
        .usingElementComparator(Arrays::compareUnsigned)
        .containsExactlyElementsOf(expected.tailMap(from).keySet());
    expected.forEach((key, value) -> assertThat(CowTree.get(root, key)).isSameAs(value));
  }

  private static final class TreeCursorList {
    final List<byte[]> keys = new ArrayList<>();

    TreeCursorList(CowNode root, byte[] from) {
      TreeCursor cursor = new TreeCursor(root);
      for (cursor.seek(from); cursor.valid(); cursor.next()) {
        keys.add(cursor.key());
      }
    }
  }

  /** Keys of different lengths with long and short common beginnings, zeros and prefixes. */
  private static byte[] key(Random random, int keySpace) {
    int n = random.nextInt(keySpace);
    byte[] key = new byte[n % 23];
    Random content = new Random(n / 3);
    for (int i = n % 3 == 0 ? 12 : 0; i < key.length; i++) {
      key[i] = (byte) (content.nextInt(3) - 1);
    }
    return key;
  }

  private static byte[] key(int n) {
    byte[] key = new byte[12];
    BigEndian.putInt(key, 4, n);
    return key;
  }
}
