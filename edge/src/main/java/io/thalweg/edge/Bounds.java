package io.thalweg.edge;

/**
 * What one connection may take, as the gateway has it.
 *
 * @param maxMessageBytes largest request
 * @param idleTimeoutMs a connection on which nothing was read for so long is closed by the gateway
 * @param requestTimeoutMs a request without a deadline of its own is not executed any more when it
 *     has waited so long
 */
public record Bounds(int maxMessageBytes, long idleTimeoutMs, long requestTimeoutMs) {}
