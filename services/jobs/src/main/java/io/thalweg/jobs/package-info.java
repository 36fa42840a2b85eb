/**
 * Job queues that are fair to every key.
 *
 * <ul>
 *   <li>{@link io.thalweg.jobs.JobQueues} is the service: its tables, and which class handles what.
 *   <li>{@code Enqueues}, {@code Fetches}, {@code Reports}, {@code JobCommands}, {@code
 *       QueueCommands} and {@code Ticks} decide.
 *   <li>{@code AppliedEvents} writes the tables, by way of {@code Shelf}, which moves a job from
 *       one state to another: its places in the orders, and all counts, follow from that.
 *   <li>{@code JobTables} says how everything is stored. No job has anything on the heap.
 * </ul>
 */
@NullMarked
package io.thalweg.jobs;

import org.jspecify.annotations.NullMarked;
