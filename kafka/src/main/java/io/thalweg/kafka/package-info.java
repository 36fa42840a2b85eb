/**
 * The log of a cluster: a partition's log on one partition of a Kafka topic.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>topic</b> holds one service; its partitions are the service's partitions. A record is
 *       a batch, byte for byte as {@link io.thalweg.log.BatchFormat} says. Records have Kafka
 *       offsets, events have offsets of their own.
 *   <li>A <b>barrier</b> is a record by which a node takes a partition over. It names the epoch
 *       that it replaces and is valid only if that one is still current. Its own epoch is its Kafka
 *       offset plus one: unique, and growing. (Plus one, so that 0 stays "nobody yet", as in every
 *       other log.)
 *   <li>A <b>batch</b> is valid only if its epoch is current and it continues the last valid record
 *       by event offset and CRC. What is not valid is passed over by all readers: {@link
 *       io.thalweg.kafka.TopicChain} is the whole rule. Producers leave gaps, late records and
 *       records that are there twice; a deposed leader may still write.
 *   <li>A leader's batch is <b>durable</b> when it was met, valid, on the way through the topic:
 *       when its acknowledgement is the very next Kafka offset nothing has to be read for that;
 *       else what lies between is read first.
 * </ul>
 *
 * <h2>Where to start reading</h2>
 *
 * {@link io.thalweg.kafka.TopicChain}, then {@link io.thalweg.kafka.SharedPartition} and {@link
 * io.thalweg.kafka.TopicLeader}; {@link io.thalweg.kafka.TopicLog} puts them together. They see
 * Kafka through {@link io.thalweg.kafka.Topic} alone, which tests model with everything that may go
 * wrong.
 */
@NullMarked
package io.thalweg.kafka;

import org.jspecify.annotations.NullMarked;
