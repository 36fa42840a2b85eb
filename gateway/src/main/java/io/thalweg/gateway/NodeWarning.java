package io.thalweg.gateway;

/**
 * A line of the node's own log that says that something is wrong.
 *
 * @param timeUs when, microseconds since 1970
 * @param level "WARN" or "ERROR"
 * @param logger short name of the part of the node that says it
 * @param message what it says, without a stack trace
 */
public record NodeWarning(long timeUs, String level, String logger, String message) {}
