package io.thalweg.log;

import org.jspecify.annotations.Nullable;

/**
 * A log as an operator sees it.
 *
 * @param segments number of segment files
 * @param sizeBytes what they take on disk
 * @param durablePosition bytes of the log that are durable
 * @param writtenPosition bytes that were written, durable or not
 * @param forces number of forces since open
 * @param forceP50Us median time of a force, microseconds, since open
 * @param forceP99Us 99th percentile, likewise
 * @param failure why the log takes no more appends, or null if it does
 */
public record LogStatus(
    int segments,
    long sizeBytes,
    long durablePosition,
    long writtenPosition,
    long forces,
    long forceP50Us,
    long forceP99Us,
    @Nullable String failure) {}
