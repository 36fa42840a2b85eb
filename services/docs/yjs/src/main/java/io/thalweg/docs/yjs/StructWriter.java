package io.thalweg.docs.yjs;

import org.jspecify.annotations.Nullable;

/** The parts of structs and delete sets on their way into an update of one version. */
interface StructWriter {
  /** Where numbers go that all versions write alike. */
  ByteWriter rest();

  void client(long client);

  void info(int info);

  void leftId(Id id);

  void rightId(Id id);

  void parentInfo(boolean root);

  void string(CharSequence value);

  void typeKind(int kind);

  void length(int length);

  void any(@Nullable Object value);

  void bytes(byte[] value);

  void json(String json);

  void key(String key);

  /** Before the ranges of one client. */
  void beginRanges();

  void rangeClock(int clock);

  void rangeLength(int length);

  byte[] toBytes();
}
