/**
 * The gateway: one port that serves every method of every service of a node from its contract.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>binding</b> is one {@code google.api.http} rule: an HTTP method, a path template, and
 *       where the fields of the request come from (path, body, query).
 *   <li>The <b>router</b> finds the binding of a path, with the values of its variables.
 *   <li>An <b>endpoint</b> answers: {@link JsonMethod} one reply, {@link WatchEndpoint} a watch,
 *       and the fixed pages ({@link HealthEndpoints} and others).
 *   <li>The same methods are served over gRPC by {@link GrpcMethods}, without generated stubs, and
 *       over the client protocol of Centrifuge by {@link CentrifugeService}.
 *   <li>A <b>watch session</b> ({@link WatchSession}) is one watch of one client; a transport
 *       brings its items there: {@link SseTransport}, {@link SocketTransport}, {@link
 *       PollTransport}, {@link GrpcWatch}, {@link CentrifugeChannel}.
 *   <li>A <b>session</b> ({@link io.thalweg.edge.Session}) is who asks, made once for a connection.
 * </ul>
 *
 * <h2>Threads</h2>
 *
 * <p>A request is decoded on the event loop of its connection and handed to the node from there.
 * The node's reply thread only hands the reply back to that event loop, which encodes it. A watch
 * has no thread while nothing happens; news, or a client that is ready for more, starts a virtual
 * thread that works until there is nothing more to do.
 */
@NullMarked
package io.thalweg.gateway;

import org.jspecify.annotations.NullMarked;
