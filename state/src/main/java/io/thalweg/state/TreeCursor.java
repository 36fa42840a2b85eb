package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/**
 * Walks a {@link CowTree} root in key order. The tree must not change meanwhile, unless the root is
 * a snapshot. One thread.
 */
final class TreeCursor {
  private static final int MAX_DEPTH = 16;

  private final CowNode root;
  private final CowNode[] path = new CowNode[MAX_DEPTH];
  private final int[] index = new int[MAX_DEPTH];
  private int depth;
  private @Nullable CowNode leaf;
  private int at;

  TreeCursor(CowNode root) {
    this.root = root;
  }

  /** Goes to the first key at or after {@code key}. */
  void seek(byte[] key) {
    depth = 0;
    CowNode node = root;
    while (!node.isLeaf()) {
      int child = node.childOf(key);
      path[depth] = node;
      index[depth++] = child;
      node = node.children[child];
    }
    leaf = node;
    int found = node.search(key);
    at = found >= 0 ? found : -found - 1;
    if (at == node.count) {
      nextLeaf();
    }
  }

  boolean valid() {
    return leaf != null;
  }

  void next() {
    if (++at == present().count) {
      nextLeaf();
    }
  }

  byte[] key() {
    return present().keys[at];
  }

  byte[] value() {
    return present().values[at];
  }

  private CowNode present() {
    CowNode node = leaf;
    if (node == null) {
      throw new IllegalStateException("past the end");
    }
    return node;
  }

  private void nextLeaf() {
    while (depth > 0) {
      CowNode parent = path[depth - 1];
      if (index[depth - 1] < parent.count) {
        CowNode node = parent.children[++index[depth - 1]];
        while (!node.isLeaf()) {
          path[depth] = node;
          index[depth++] = 0;
          node = node.children[0];
        }
        leaf = node;
        at = 0;
        return;
      }
      depth--;
    }
    leaf = null;
  }
}
