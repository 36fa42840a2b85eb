package io.thalweg.leaderboard.resp;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;

/** Stands for the answer of a command that asked nobody. */
final class Nothing {
  static final Message MESSAGE = Empty.getDefaultInstance();

  private Nothing() {}
}
