package io.thalweg.docs.yjs;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a text: characters, or one thing that is embedded in it.
 *
 * @param insert a {@link String}, or another value of {@link AnyValue}
 * @param attributes the formats of it, by name
 */
public record DeltaInsert(@Nullable Object insert, Map<String, @Nullable Object> attributes) {}
