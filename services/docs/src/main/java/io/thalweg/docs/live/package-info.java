/**
 * What clients of Yjs speak, on the gateway's port: the framing of y-websocket ({@link
 * io.thalweg.docs.live.YjsSockets}) and that of Hocuspocus ({@link
 * io.thalweg.docs.live.HocuspocusSockets}).
 *
 * <p>A connection to a document is a {@code LiveDocument}: a watch of the document through the
 * client's session, so it is sent nothing that is not durable and nothing faster than it reads, and
 * commands for what it sends. A {@code Room} has those that are connected to the same document on
 * this node, and their awareness: who is there and where their cursors are. That is in memory only
 * and is never logged. What waits for a client is conflated there: it is sent the latest state of
 * each other client, however many there were. {@code OtherNodes} tells the other nodes of a cluster
 * of it, conflated in the same way, and hears of their clients.
 */
@NullMarked
package io.thalweg.docs.live;

import org.jspecify.annotations.NullMarked;
