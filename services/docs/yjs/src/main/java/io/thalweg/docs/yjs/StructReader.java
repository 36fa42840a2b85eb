package io.thalweg.docs.yjs;

import org.jspecify.annotations.Nullable;

/** The parts of structs and delete sets out of an update of one version. */
interface StructReader {
  /** Where numbers come from that all versions write alike. */
  ByteReader rest();

  long client();

  int info();

  Id leftId();

  Id rightId();

  boolean parentInfo();

  String string();

  int typeKind();

  int length();

  @Nullable Object any();

  byte[] bytes();

  String json();

  String key();

  /** Before the ranges of one client. */
  void beginRanges();

  int rangeClock();

  int rangeLength();
}
