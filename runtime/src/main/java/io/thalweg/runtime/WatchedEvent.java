package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.Sealed;
import java.util.Optional;

/**
 * An event as a watcher meets it.
 *
 * @param position where it stands, to be named when coming back: see {@link Position}
 * @param logTimeUs log time of its batch, microseconds since 1970
 * @param event the event
 * @param unsealing reads what is sealed in it
 */
public record WatchedEvent(Position position, long logTimeUs, Message event, Unsealing unsealing)
    implements Unsealing {
  @Override
  public Optional<ByteString> unseal(Sealed sealed) {
    return unsealing.unseal(sealed);
  }
}
