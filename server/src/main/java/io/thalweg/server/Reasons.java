package io.thalweg.server;

import io.thalweg.log.LogException;
import io.thalweg.log.backup.BackupException;
import io.thalweg.runtime.DataDirectoryException;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.state.StoreException;
import java.io.IOException;

/** Puts what went wrong into a line for a person. */
final class Reasons {
  private Reasons() {}

  /**
   * The reason as one line. What was meant for a person is given as it is; anything else is a fault
   * of the program, and named as such.
   */
  static String of(Throwable e) {
    String message = e.getMessage();
    return switch (e) {
      case CommandFailed _,
          LogException _,
          CheckpointException _,
          StoreException _,
          DataDirectoryException _,
          BackupException _,
          Failure _ ->
          String.valueOf(message);
      case IOException _ -> message == null ? e.getClass().getSimpleName() : message;
      default ->
          "this should not have happened: %s (set THALWEG_DEBUG=1 to see where)"
              .formatted(message == null ? e.getClass().getName() : e);
    };
  }
}
