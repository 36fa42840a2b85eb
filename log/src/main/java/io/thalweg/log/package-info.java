/**
 * The log: durable, partitioned, replayable. It is the system of record; everything else in Thalweg
 * is derived from it.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>partition</b> is a sequence of <b>events</b> with dense offsets from 0. It belongs to
 *       one service and has one writer.
 *   <li>A <b>batch</b> is the unit of append: zero or more events of one partition that become
 *       durable together or not at all. Each batch carries the CRC of the batch before it in its
 *       partition, so that a partition is a chain.
 *   <li>A <b>barrier</b> is a batch without events by which a leader takes a partition over under a
 *       higher <b>epoch</b>.
 *   <li>A <b>lineage</b> names one history. A restore starts a new lineage; a position taken in an
 *       older one is only good up to the fork.
 *   <li><b>Durable</b> means that the engine promises to keep it: forced to this machine's disk, or
 *       held by enough brokers. Readers see durable events only.
 * </ul>
 *
 * <h2>Where to start reading</h2>
 *
 * {@link io.thalweg.log.PartitionLog} is what a partition's thread sees. {@link
 * io.thalweg.log.BatchFormat} is the byte format that all engines share. {@link
 * io.thalweg.log.SegmentLog} is the embedded engine: one physical log for a node in preallocated
 * segment files.
 */
@NullMarked
package io.thalweg.log;

import org.jspecify.annotations.NullMarked;
