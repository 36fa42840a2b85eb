/**
 * Conversations of two or of many, and the inbox of each user.
 *
 * <p>A conversation and an inbox are two kinds of things with a routing key each, so they lie in
 * different partitions. What a command of a conversation brings about in inboxes is a message from
 * partition to partition: handled exactly once, and in order between the same two.
 *
 * <ul>
 *   <li>{@link io.thalweg.messaging.Messaging} is the service: which class handles what.
 *   <li>{@code ConversationRows} and {@code InboxRows} are the tables; {@code AppliedConversations}
 *       and {@code AppliedInboxes} write them.
 *   <li>{@code Groups} and {@code Sends} decide about conversations, {@code InboxCommands} about
 *       inboxes.
 *   <li>{@code ConversationReads} and {@code InboxReads} read; {@code InboxWatch} is for watchers.
 * </ul>
 */
@NullMarked
package io.thalweg.messaging;

import org.jspecify.annotations.NullMarked;
