/**
 * Locks, semaphores, elections, barriers and registers, with fencing tokens.
 *
 * <ul>
 *   <li>{@link io.thalweg.locks.Locks} is the service: which class handles what.
 *   <li>{@code Claims} decides who has a lock, {@code WaitGraph} whether somebody may wait for it.
 *   <li>{@code Sessions} are the leases: heartbeats in memory, expiry in the log.
 *   <li>{@code Registers} and {@code Barriers} are what their names say.
 *   <li>{@code Rows} has the tables, {@code AppliedEvents} writes them, {@code Reads} reads them.
 *   <li>{@code io.thalweg.locks.keyspaces} is a keyspace with revisions, and {@code
 *       io.thalweg.locks.etcd} lets clients of etcd use it.
 * </ul>
 */
@NullMarked
package io.thalweg.locks;

import org.jspecify.annotations.NullMarked;
