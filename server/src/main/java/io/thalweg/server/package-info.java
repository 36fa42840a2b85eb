/**
 * Assembles a node from a configuration, and the {@code thalweg} command line.
 *
 * <p>{@link io.thalweg.server.Main} is the way in. Every command is a class of its own; {@link
 * io.thalweg.server.CommandFailed} is how a command says what a person can act upon.
 */
@NullMarked
package io.thalweg.server;

import org.jspecify.annotations.NullMarked;
