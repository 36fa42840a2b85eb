package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.function.Function;

/**
 * How an event of an earlier release is read. Stateless.
 *
 * @param old a default instance of the earlier event
 * @param to a default instance of the one that took its place
 * @param function makes it
 */
record Upcast(Message old, Message to, Function<Message, Message> function) {

  /**
   * What took the place of {@code event}.
   *
   * @throws IllegalStateException if the function makes nothing, or another message
   */
  Message apply(Message event) {
    Message made = function.apply(event);
    if (!to.getClass().isInstance(made)) {
      throw new IllegalStateException(
          "the upcast of %s made no %s"
              .formatted(
                  old.getDescriptorForType().getFullName(),
                  to.getDescriptorForType().getFullName()));
    }
    return made;
  }
}
