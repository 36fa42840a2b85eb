package io.thalweg.docs.yjs;

import org.jspecify.annotations.Nullable;

/**
 * A run of units with content. Its origins say between which two units it was inserted; its
 * neighbours, once it is in a document, what stands there now.
 */
final class Item extends Struct {
  /** The client of an origin that is not there. */
  static final long NONE = -1;

  private static final int HAS_ORIGIN = 0x80;
  private static final int HAS_RIGHT_ORIGIN = 0x40;
  private static final int HAS_PARENT_SUB = 0x20;

  Content content;

  long originClient = NONE;
  int originClock;
  long rightOriginClient = NONE;
  int rightOriginClock;

  @Nullable Item left;
  @Nullable Item right;

  /** A {@link YType} in a document; before, the name of a root, an {@link Id}, or null. */
  @Nullable Object parent;

  /** The name under which it is in the map of its parent; null if it is in the sequence. */
  @Nullable String parentSub;

  private boolean deleted;

  Item(long client, int clock, Content content) {
    super(client, clock, content.length());
    this.content = content;
  }

  void origin(long ofClient, int ofClock) {
    originClient = ofClient;
    originClock = ofClock;
  }

  void rightOrigin(long ofClient, int ofClock) {
    rightOriginClient = ofClient;
    rightOriginClock = ofClock;
  }

  /** The type that holds it, once it is in a document. */
  YType holder() {
    if (parent instanceof YType type) {
      return type;
    }
    throw new IllegalStateException("item %d of %d is in no document".formatted(clock, client));
  }

  int lastClock() {
    return clock + length - 1;
  }

  @Override
  boolean deleted() {
    return deleted;
  }

  void markDeleted() {
    deleted = true;
  }

  boolean sameOrigin(Item other) {
    return originClient == other.originClient
        && (originClient == NONE || originClock == other.originClock);
  }

  boolean sameRightOrigin(Item other) {
    return rightOriginClient == other.rightOriginClient
        && (rightOriginClient == NONE || rightOriginClock == other.rightOriginClock);
  }

  @Override
  Item cut(int offset) {
    Item rest = new Item(client, clock + offset, content.split(offset));
    rest.origin(client, clock + offset - 1);
    rest.rightOrigin(rightOriginClient, rightOriginClock);
    rest.parent = parent;
    rest.parentSub = parentSub;
    rest.deleted = deleted;
    length = offset;
    return rest;
  }

  /** Cuts it in a document: the rest becomes its right neighbour. */
  Item split(int offset) {
    Item rest = cut(offset);
    rest.left = this;
    rest.right = right;
    if (right != null) {
      right.left = rest;
    } else if (parentSub != null) {
      holder().entry(parentSub, rest);
    }
    right = rest;
    return rest;
  }

  @Override
  boolean append(Struct next) {
    if (!(next instanceof Item item)
        || item.deleted != deleted
        || right != item
        || item.originClient != client
        || item.originClock != lastClock()
        || !sameRightOrigin(item)
        || !content.append(item.content)) {
      return false;
    }
    if (parent instanceof YType holder && holder.markedItem() == item) {
      holder.mark(this, holder.markedIndex() - (deleted || !content.countable() ? 0 : length));
    }
    right = item.right;
    if (right != null) {
      right.left = this;
    }
    length += item.length;
    if (item.parentSub != null && item.holder().entry(item.parentSub) == item) {
      item.holder().entry(item.parentSub, this);
    }
    return true;
  }

  @Override
  void write(StructWriter writer, int offset) {
    boolean hasOrigin = offset > 0 || originClient != NONE;
    boolean hasRightOrigin = rightOriginClient != NONE;
    writer.info(
        content.kind()
            | (hasOrigin ? HAS_ORIGIN : 0)
            | (hasRightOrigin ? HAS_RIGHT_ORIGIN : 0)
            | (parentSub != null ? HAS_PARENT_SUB : 0));
    if (offset > 0) {
      writer.leftId(new Id(client, clock + offset - 1));
    } else if (hasOrigin) {
      writer.leftId(new Id(originClient, originClock));
    }
    if (hasRightOrigin) {
      writer.rightId(new Id(rightOriginClient, rightOriginClock));
    }
    if (!hasOrigin && !hasRightOrigin) {
      writeParent(writer);
      if (parentSub != null) {
        writer.string(parentSub);
      }
    }
    content.write(writer, offset);
  }

  private void writeParent(StructWriter writer) {
    switch (parent) {
      case YType type -> {
        Item owner = type.owner();
        writer.parentInfo(owner == null);
        if (owner == null) {
          writer.string(type.rootName());
        } else {
          writer.leftId(new Id(owner.client, owner.clock));
        }
      }
      case String root -> {
        writer.parentInfo(true);
        writer.string(root);
      }
      case Id id -> {
        writer.parentInfo(false);
        writer.leftId(id);
      }
      case null, default ->
          throw new IllegalStateException(
              "item %d of %d has neither origin nor parent".formatted(clock, client));
    }
  }

  /** Reads an item whose first byte was {@code info}. */
  static Item read(StructReader reader, int info, long client, int clock) {
    Id origin = (info & HAS_ORIGIN) != 0 ? reader.leftId() : null;
    Id rightOrigin = (info & HAS_RIGHT_ORIGIN) != 0 ? reader.rightId() : null;
    Object parent = null;
    String parentSub = null;
    if (origin == null && rightOrigin == null) {
      parent = reader.parentInfo() ? reader.string() : reader.leftId();
      parentSub = (info & HAS_PARENT_SUB) != 0 ? reader.string() : null;
    }
    Content content = ContentReader.read(reader, info & 0x1f);
    if (content.length() == 0) {
      throw reader.rest().malformed("an item without content");
    }
    Item item = new Item(client, clock, content);
    if (origin != null) {
      item.origin(origin.client(), origin.clock());
    }
    if (rightOrigin != null) {
      item.rightOrigin(rightOrigin.client(), rightOrigin.clock());
    }
    item.parent = parent;
    item.parentSub = parentSub;
    return item;
  }
}
