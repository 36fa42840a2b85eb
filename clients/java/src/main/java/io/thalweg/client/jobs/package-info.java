/** Runs jobs: {@link io.thalweg.client.jobs.Worker}. */
@NullMarked
package io.thalweg.client.jobs;

import org.jspecify.annotations.NullMarked;
