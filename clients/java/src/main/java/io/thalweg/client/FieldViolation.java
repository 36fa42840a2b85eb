package io.thalweg.client;

/**
 * A field of a request that is not as it must be.
 *
 * @param field its path in the request, such as {@code scores[1].score}
 * @param problem what it must be and what it was
 */
public record FieldViolation(String field, String problem) {}
