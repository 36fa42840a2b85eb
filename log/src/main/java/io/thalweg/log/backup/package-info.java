/**
 * Backup and restore of a node's log.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>cut</b> is a durable position of the node's one physical log. The bytes below it are a
 *       consistent prefix of all partitions, and never change.
 *   <li>A <b>backup directory</b> holds the bytes of one log from position 0, or its base, on in
 *       <b>chunks</b> of equal length, which only grow, and one <b>manifest</b> for each backup:
 *       how far its cut reaches, and the hashes of exactly that much. A manifest exists only for a
 *       whole backup, and stays good for ever: later backups add bytes behind it.
 *   <li>A <b>base</b> is what a directory begins with where the log did not begin at position 0 any
 *       more: where it begins, and files that hold what was made from the removed part.
 *   <li>A <b>claim</b> keeps the node from removing what the directory has not copied yet. It is
 *       made before the first cut that counts, moves behind each backup, and outlives both
 *       processes.
 *   <li>The <b>keys</b> of what is sealed in the log have no versions: the directory holds those of
 *       the last run. What was forgotten is forgotten in every backup, see {@link
 *       io.thalweg.log.backup.KeyCopy}.
 *   <li>A <b>restore</b> makes a new log from a manifest, or from the part of it up to a log time.
 * </ul>
 *
 * <h2>Files</h2>
 *
 * <pre>
 *   backup.json                  format, identity of the log and of the directory, length of a chunk
 *   backup.lock                  locked while a backup writes
 *   log/0000000000.chunk         the log's bytes 0 .. chunk length; the last chunk is shorter
 *   log/0000000000.sha256        of a full chunk: hash and name, as sha256sum writes it
 *   base/base.json               of a log that was shortened: where it begins, the earliest time, the
 *                                names, lengths and hashes of the files of the base. Written last
 *   base/FOLDER/0000000001/...   those files; of a node: a checkpoint
 *   manifests/0000000001.json    one backup, see {@link io.thalweg.log.backup.BackupManifest}
 *   keys/index.json              which keys, and a tag of each bucket of them
 *   keys/0000.keys               one bucket, see {@link io.thalweg.log.backup.KeyFiles}
 * </pre>
 *
 * Chunks follow positions of the log and not its segment files: an open may replace a segment's
 * file, and where one ends depends on restarts, but a durable byte keeps its position and value.
 *
 * <p>The first chunk of a log that was shortened has a hole before the base: zeros, which count in
 * its hash.
 *
 * <p>Each JSON file ends with a hash of all that is before it.
 *
 * <h2>Where to start reading</h2>
 *
 * {@link io.thalweg.log.backup.BackupRun} copies, {@link io.thalweg.log.backup.BackupReader} checks
 * and restores.
 */
@NullMarked
package io.thalweg.log.backup;

import org.jspecify.annotations.NullMarked;
