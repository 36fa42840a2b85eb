/**
 * The gateway: one port that serves every method of every service of a node from its contract.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>binding</b> is one {@code google.api.http} rule: an HTTP method, a path template, and
 *       where the fields of the request come from (path, body, query).
 *   <li>The <b>router</b> finds the binding of a path, with the values of its variables.
 *   <li>An <b>endpoint</b> answers: {@link JsonMethod} one reply, {@link SseWatch} a stream of
 *       events, and the fixed pages ({@link HealthEndpoints} and others).
 *   <li>The same methods are served over gRPC by {@link GrpcMethods}, without generated stubs.
 * </ul>
 *
 * <h2>Threads</h2>
 *
 * <p>A request is decoded on the event loop of its connection and handed to the node from there.
 * The node's reply thread only hands the reply back to that event loop, which encodes it. A watcher
 * has a virtual thread of its own, which asks the node for more only when the client has taken what
 * it was sent.
 */
@NullMarked
package io.thalweg.gateway;

import org.jspecify.annotations.NullMarked;
