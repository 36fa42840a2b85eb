/**
 * Runs jobs: {@link io.thalweg.client.jobs.Worker}; puts them into queues: {@link
 * io.thalweg.client.jobs.Enqueuer}.
 */
@NullMarked
package io.thalweg.client.jobs;

import org.jspecify.annotations.NullMarked;
