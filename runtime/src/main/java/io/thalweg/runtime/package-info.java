/**
 * The runtime: services, partitions, nodes, and how a command travels through them.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>service</b> is a contract (a {@code .proto} file) and a class that defines handlers.
 *       It has an instance in every partition. It has no threads, locks, clocks or I/O of its own.
 *   <li>A <b>command</b> decides: it reads tables and emits <b>events</b>. An <b>event</b> handler
 *       changes tables and does nothing else. Replay runs event handlers only.
 *   <li>A <b>partition</b> runs one thing at a time, in one order, on one thread.
 *   <li>A <b>node</b> holds the partitions of its services over one log and one store.
 * </ul>
 *
 * <h2>How a command travels</h2>
 *
 * <pre>
 *   Node.submit          validates by the contract, finds slot and partition
 *   PartitionQueue       bounded; full: RESOURCE_EXHAUSTED
 *   Partition.run        decide, apply under a savepoint, add to the open batch
 *   PartitionLog.append  the batch is on its way; the next one is being decided
 *   Partition durable    replies of the batch are released; watchers are woken
 *   PartitionState       later, in bulk: rows and cursor to RocksDB
 * </pre>
 *
 * <h2>How a message travels</h2>
 *
 * <pre>
 *   CommandContext.send  a record in the command's batch; a row of the Outbox
 *   Courier              once that is durable: offers it to the partition that it is for, in order
 *   Receiver             there: a command; its receipt (Inbox) is in the batch of its events
 *   Courier              once that is durable: takes it out of the outbox, by a record
 * </pre>
 *
 * <p>Timers ({@link io.thalweg.runtime.Timers}) are fired by {@link io.thalweg.runtime.Alarms}
 * between requests.
 */
@NullMarked
package io.thalweg.runtime;

import org.jspecify.annotations.NullMarked;
