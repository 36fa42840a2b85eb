/**
 * Who is there, and who should lead what: advice for the nodes of a cluster. What makes a leader is
 * a barrier in the log, so nothing here has to be right for the data to be.
 *
 * <ul>
 *   <li>{@link io.thalweg.cluster.Heartbeat}: what a node says of itself, at times, in the {@link
 *       io.thalweg.cluster.DirectoryTopic} that all nodes read.
 *   <li>{@link io.thalweg.cluster.Membership}: who was heard lately, by the reader's own clock.
 *   <li>{@link io.thalweg.cluster.Ranking}: in which order nodes should have a partition.
 *   <li>{@link io.thalweg.cluster.Placement}: from both, what this node should do now.
 *   <li>{@link io.thalweg.cluster.DirectoryAgent}: does all of it, step by step.
 * </ul>
 */
@NullMarked
package io.thalweg.cluster;

import org.jspecify.annotations.NullMarked;
