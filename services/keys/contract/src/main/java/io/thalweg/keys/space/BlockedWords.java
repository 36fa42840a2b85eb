package io.thalweg.keys.space;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Finds blocked words in keys. Characters that look alike are one: upper and lower case, 0 and o, 1
 * and i and l, 3 and e, 4 and a, 5 and s, 7 and t. A trie of the words is walked from each
 * character of the key; most walks end at once. Immutable.
 */
public final class BlockedWords {
  private static final int ASCII = 128;
  private static final byte[] FOLDED = new byte[ASCII];

  static {
    for (int c = 0; c < ASCII; c++) {
      FOLDED[c] = (byte) Character.toLowerCase(c);
    }
    FOLDED['0'] = 'o';
    FOLDED['1'] = 'i';
    FOLDED['l'] = 'i';
    FOLDED['L'] = 'i';
    FOLDED['3'] = 'e';
    FOLDED['4'] = 'a';
    FOLDED['5'] = 's';
    FOLDED['7'] = 't';
  }

  private static final int END = -1;

  /** Of each node: the node behind each character, 0 for none, END for a whole word. */
  private final int[][] nodes;

  /** From words of printable ASCII. */
  public BlockedWords(Collection<String> words) {
    List<int[]> trie = new ArrayList<>();
    trie.add(new int[ASCII]);
    for (String word : words) {
      add(trie, word);
    }
    nodes = trie.toArray(int[][]::new);
  }

  private static void add(List<int[]> trie, String word) {
    int node = 0;
    for (int i = 0; i < word.length(); i++) {
      int c = FOLDED[word.charAt(i)];
      int next = trie.get(node)[c];
      if (next == END) {
        return; // A shorter word is blocked already.
      }
      if (i == word.length() - 1) {
        trie.get(node)[c] = END;
      } else if (next == 0) {
        trie.add(new int[ASCII]);
        trie.get(node)[c] = trie.size() - 1;
      }
      node = trie.get(node)[c];
    }
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return nodes.length == 1 && Arrays.stream(nodes[0]).allMatch(next -> next == 0);
  }

  /** Whether a text of ASCII holds one. */
  public boolean isIn(byte[] text) {
    for (int from = 0; from < text.length; from++) {
      int node = 0;
      for (int i = from; i < text.length; i++) {
        node = nodes[node][FOLDED[text[i]]];
        if (node == END) {
          return true;
        }
        if (node == 0) {
          break;
        }
      }
    }
    return false;
  }
}
