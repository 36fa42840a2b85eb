/**
 * Keys of subjects, and what is sealed with them: personal data that can be forgotten.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>subject</b> is whose data it is, within a service and a project. It has no key before
 *       something is sealed for it, and then one; two, if two partitions sealed for it at once.
 *   <li>A <b>sealed</b> value ({@code thalweg.Sealed}) is all that the log, the tables and the
 *       checkpoints hold. It names the key that it was sealed with.
 *   <li>To <b>forget</b> a subject is to destroy the keys that it has. What was sealed with them
 *       stays where it is and can never be read again, also by a replay or a restore.
 * </ul>
 *
 * <h2>In which order</h2>
 *
 * New keys are durable before the batch that needs them is handed to the log, and so is the
 * destruction of those that it forgets. A crash in between leaves a key that nothing needs, or a
 * subject that is forgotten although nobody was told so. The record of a forgotten key in the log
 * is kept as a row: a key store that is older than the log loses the key again when it is opened.
 *
 * <p>{@link io.thalweg.runtime.keys.SubjectKeys} is where keys are kept, {@link
 * io.thalweg.runtime.keys.KeyRing} what a node has in memory of them.
 */
@NullMarked
package io.thalweg.runtime.keys;

import org.jspecify.annotations.NullMarked;
