/**
 * How a service's own protocol meets the gateway.
 *
 * <p>The gateway has the port, TLS, who a client is and what it may do, the limits and the metrics.
 * A service has the protocol: an {@link io.thalweg.edge.SocketProtocol} is given each connection
 * that was accepted (or, on the gateway's own port, an {@link io.thalweg.edge.GrpcProtocol} the
 * calls of its services, an {@link io.thalweg.edge.WebSocketProtocol} its connections, and an
 * {@link io.thalweg.edge.HttpProtocol} the requests of its path), and an {@link
 * io.thalweg.edge.Edge} through which it asks. Everything that a client wants goes through its
 * {@link io.thalweg.edge.Session}, where permissions are checked, in one place for all protocols.
 */
@NullMarked
package io.thalweg.edge;

import org.jspecify.annotations.NullMarked;
