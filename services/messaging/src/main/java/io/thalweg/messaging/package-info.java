/**
 * Conversations of two or of many, and the inbox of each user.
 *
 * <p>A conversation and an inbox are two kinds of things with a routing key each, so they lie in
 * different partitions. What a command of a conversation brings about in inboxes is a message from
 * partition to partition: handled exactly once, and in order between the same two.
 *
 * <ul>
 *   <li>{@link io.thalweg.messaging.Messaging} is the service: which class handles what.
 *   <li>{@code ConversationRows} and {@code InboxRows} are the tables; {@code
 *       AppliedConversations}, {@code AppliedMembers} and {@code AppliedInboxes} write them.
 *   <li>{@code Groups}, {@code Members}, {@code Sends}, {@code Messages} and {@code Expiry} decide
 *       about conversations; {@code Telling} is how inboxes hear of them.
 *   <li>{@code InboxCommands}, {@code UserCommands} and {@code Pushes} decide about inboxes.
 *   <li>{@code Signals} is what is never logged: typing, presence.
 *   <li>{@code ConversationReads} and {@code InboxReads} read.
 * </ul>
 */
@NullMarked
package io.thalweg.messaging;

import org.jspecify.annotations.NullMarked;
