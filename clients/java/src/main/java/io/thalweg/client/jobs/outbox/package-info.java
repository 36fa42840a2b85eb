/**
 * Jobs that are enqueued by a transaction of the user's own PostgreSQL: a row that is committed
 * there becomes one job. {@link io.thalweg.client.jobs.outbox.OutboxRelay} reads the table, {@link
 * io.thalweg.client.jobs.outbox.OutboxTable} says how it is made.
 */
@NullMarked
package io.thalweg.client.jobs.outbox;

import org.jspecify.annotations.NullMarked;
