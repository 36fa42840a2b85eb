package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import java.util.Optional;

/** Reads what {@link CommandContext#seal} sealed: in the caller's project, of this service. */
public interface Unsealing {
  /**
   * The value that was sealed.
   *
   * @return empty if it is forgotten: its key was destroyed
   * @throws IllegalArgumentException if it was changed, or sealed for something else
   */
  Optional<ByteString> unseal(Sealed sealed);

  /** As {@link #unseal}, of a text. */
  default Optional<String> unsealText(Sealed sealed) {
    return unseal(sealed).map(ByteString::toStringUtf8);
  }
}
