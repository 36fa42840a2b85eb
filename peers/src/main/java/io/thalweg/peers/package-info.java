/**
 * A node among the others of its cluster. {@link io.thalweg.peers.ClusterMember} is the whole of
 * it: it drives the directory's agent, which says what this node should lead, and brings requests
 * to the nodes that lead what they are for.
 *
 * <p>Nodes speak gRPC with each other, one unary method, on a port of their own; over TLS both ends
 * prove themselves. {@link io.thalweg.peers.PeerServer} takes, {@link io.thalweg.peers.PeerClients}
 * sends.
 */
@NullMarked
package io.thalweg.peers;

import org.jspecify.annotations.NullMarked;
