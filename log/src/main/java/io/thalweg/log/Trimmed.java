package io.thalweg.log;

/**
 * What became of a {@link TrimRequest}.
 *
 * @param segments how many were removed
 * @param bytes what their files took
 * @param held why the next one stays
 */
public record Trimmed(int segments, long bytes, String held) {}
