package io.thalweg.log;

/**
 * What became of a {@link TrimRequest}.
 *
 * @param segments how many were removed; of a log in topics, from how many partitions records were
 * @param bytes what their files took; 0 where that is not known
 * @param held why the next one stays
 */
public record Trimmed(int segments, long bytes, String held) {}
