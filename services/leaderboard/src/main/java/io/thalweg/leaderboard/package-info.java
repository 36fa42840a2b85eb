/**
 * Ranks the members of a board by score.
 *
 * <h2>From the contract to the arrays</h2>
 *
 * <ul>
 *   <li>{@link io.thalweg.leaderboard.Leaderboard} is the service: its tables, and which class
 *       handles what. {@code Submissions} and {@code BoardCommands} decide, {@code AppliedEvents}
 *       writes the tables, {@code EntryReads} and {@code BoardList} read.
 *   <li>{@code BoardIndex} holds what is derived from the tables in memory: a {@code BoardRanks}
 *       for each board. It changes with the rows and in no other way.
 *   <li>{@code BoardRanks} is {@code Members} (name to number, and what is known of each) and a
 *       {@code CountedTree} (all standings in rank order).
 * </ul>
 */
@NullMarked
package io.thalweg.leaderboard;

import org.jspecify.annotations.NullMarked;
