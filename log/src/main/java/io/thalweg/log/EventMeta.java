package io.thalweg.log;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What an event carries beside its type, project, slot and payload. Every part is optional.
 *
 * @param principal who caused it; at most 255 bytes of UTF-8
 * @param trace W3C trace context: 16 bytes of trace id, 8 bytes of span id
 * @param causation what caused it: the id of a message, timer or request; at most 255 bytes
 * @param sealedKeyId id of the key under which the payload is sealed; at most 255 bytes
 * @param extension room for what later versions add (tag, length, value); at most 65,535 bytes
 */
public record EventMeta(
    byte @Nullable [] principal,
    byte @Nullable [] trace,
    byte @Nullable [] causation,
    byte @Nullable [] sealedKeyId,
    byte @Nullable [] extension) {

  /** Nothing of it. */
  public static final EventMeta NONE = new EventMeta(null, null, null, null, null);

  public EventMeta {
    bound("principal", principal, 255);
    bound("causation", causation, 255);
    bound("sealedKeyId", sealedKeyId, 255);
    bound("extension", extension, 65_535);
    if (trace != null && trace.length != 24) {
      throw new IllegalArgumentException("trace must have 24 bytes; got " + trace.length);
    }
  }

  /** Only a principal; {@link #NONE} if it is empty. */
  public static EventMeta ofPrincipal(String principal) {
    return of(principal, null);
  }

  /** Only a principal, unless it is empty, and a trace. */
  public static EventMeta of(String principal, byte @Nullable [] trace) {
    return principal.isEmpty() && trace == null
        ? NONE
        : new EventMeta(
            principal.isEmpty() ? null : principal.getBytes(StandardCharsets.UTF_8),
            trace,
            null,
            null,
            null);
  }

  private static void bound(String field, byte @Nullable [] value, int maxBytes) {
    if (value != null && value.length > maxBytes) {
      throw new IllegalArgumentException(
          field + " must have at most " + maxBytes + " bytes; got " + value.length);
    }
  }
}
