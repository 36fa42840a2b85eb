/**
 * The protocol of Redis for boards: sorted set commands, on a port of its own.
 *
 * <p>{@link io.thalweg.leaderboard.resp.Resp} is the protocol. {@code RespConnection} is one
 * connection: it reads commands with {@code CommandReader}, looks them up in {@code CommandTable},
 * keeps their replies in order and writes them in bulk with {@code ReplyWriter}.
 */
@NullMarked
package io.thalweg.leaderboard.resp;

import org.jspecify.annotations.NullMarked;
