/**
 * {@code thalweg load}: streams a file of rows into a service, exactly once.
 *
 * <p>A {@link io.thalweg.server.load.RowReader} turns the file into rows, {@link
 * io.thalweg.server.load.ScoreBatches} rows into batches with their place in the source, {@link
 * io.thalweg.server.load.LeaderboardClient} sends them.
 */
@NullMarked
package io.thalweg.server.load;

import org.jspecify.annotations.NullMarked;
