package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.keys.KeyName;
import io.thalweg.runtime.keys.KeyRing;
import io.thalweg.runtime.keys.Subject;
import io.thalweg.runtime.system.SubjectForgotten;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of the keys that were forgotten, for ever: 32 bytes each, in the place of the command
 * that forgot them. Whoever puts back a copy of the keys that is older than the log loses those
 * again when the partition is opened.
 *
 * <p>Used by the partition's thread.
 */
final class ForgottenKeys {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 13;

  private static final int DESTROY_AT_ONCE = 4096;

  private final String service;
  private final Table<byte[], byte[]> names;
  private final List<KeyName> met = new ArrayList<>();
  private @Nullable KeyRing ring;

  /**
   * @param service name of the service
   */
  ForgottenKeys(PartitionState state, String service) {
    this.service = service;
    names =
        state.table(
            TABLE,
            "forgotten_keys",
            KeyCodecs.bytes(),
            ValueCodecs.bytes(),
            new RowListener<>() {
              @Override
              public void changed(
                  int project, byte[] key, byte @Nullable [] before, byte @Nullable [] after) {
                meet(key);
              }
            });
  }

  /** From now on, until {@link #opened}, keys that are met in rows or events are destroyed. */
  void opening(KeyRing keys) {
    ring = keys;
  }

  /** Everything was read. */
  void opened() {
    KeyRing keys = ring;
    if (keys != null) {
      keys.catchUp();
    }
    destroyMet();
    ring = null;
  }

  private void meet(byte[] name) {
    if (ring != null) {
      met.add(KeyName.of(name));
      if (met.size() >= DESTROY_AT_ONCE) {
        destroyMet();
      }
    }
  }

  private void destroyMet() {
    if (ring != null && !met.isEmpty()) {
      ring.destroyLeftovers(met);
      met.clear();
    }
  }

  /** Applies the event. The state has entered its place. */
  void apply(SubjectForgotten event, EventContext at) {
    Subject subject = Subject.of(service, at.project(), event.getSubject());
    for (ByteString id : event.getKeyIdsList()) {
      names.put(new KeyName(subject.hash(), id).toBytes(), new byte[0]);
    }
  }
}
