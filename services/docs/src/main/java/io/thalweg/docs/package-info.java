/**
 * Documents that many people edit at the same time: those of Yjs, kept durably.
 *
 * <p>The log has the updates. The tables have, for each document, one merged update in chunks and
 * the updates that came since, the <em>tail</em>; when the tail has grown as large as the merged
 * part, both become a new merged part, in the handler of the event that made it so. So what is
 * stored stays near the size of the content and of the marks of what was deleted, and nothing has
 * to run in the background.
 *
 * <ul>
 *   <li>{@link io.thalweg.docs.Docs} is the service: which class handles what.
 *   <li>{@code DocumentRows} are the tables; {@code AppliedUpdates} writes them, and merges.
 *   <li>{@code OpenDocuments} keeps documents that are in use in memory, proven against the rows.
 *   <li>{@code UpdateCommands} and {@code EditCommands} decide, {@code DocumentReads} and {@code
 *       DocumentList} read, {@code DocumentWatch} is for watchers.
 *   <li>{@link io.thalweg.docs.live} is what clients of Yjs speak.
 * </ul>
 */
@NullMarked
package io.thalweg.docs;

import org.jspecify.annotations.NullMarked;
